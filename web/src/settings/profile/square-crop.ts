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
