import { squareCrop } from "./square-crop.ts";

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
