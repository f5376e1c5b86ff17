/** The side of a profile picture, in pixels: sharp where it is shown largest, on a screen of high density. */
const maxSide = 512;

/** The part of an image that is kept, and the side of the square picture that is made of it, all in pixels. */
export interface Crop {
  left: number;
  top: number;
  /** The side of the part. */
  side: number;
  /** The side of the picture: never larger than the part. */
  target: number;
}

/** Returns the largest square in the middle of an image. */
export function squareCrop({ width, height }: { width: number; height: number }): Crop {
  const side = Math.min(width, height);
  return {
    left: Math.floor((width - side) / 2),
    top: Math.floor((height - side) / 2),
    side,
    target: Math.min(side, maxSide),
  };
}

/**
 * Makes a small square picture of an image: everybody loads it, and it contains no place or camera from the file.
 *
 * @returns undefined if the browser can't read the file as an image
 */
export async function squarePicture(file: Blob): Promise<Blob | undefined> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (!image) return undefined;
  const { left, top, side, target } = squareCrop(image);
  const canvas = document.createElement("canvas");
  canvas.width = target;
  canvas.height = target;
  canvas.getContext("2d")?.drawImage(image, left, top, side, side, 0, 0, target, target);
  image.close();
  const { promise, resolve } = Promise.withResolvers<Blob | null>();
  // Browsers that can't encode WebP make a PNG.
  canvas.toBlob(resolve, "image/webp", 0.9);
  return (await promise) ?? undefined;
}
