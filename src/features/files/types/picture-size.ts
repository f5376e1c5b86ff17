import { imageSize } from "image-size";
import { isoBoxSize } from "./iso-box-size.ts";
import { exifSegment } from "./jpeg-frame.ts";

export interface PictureSize {
  width: number;
  height: number;
}

/** By type, what `image-size` calls it. Types that it can't measure are not here. */
const formats: Readonly<Record<string, readonly string[]>> = {
  "image/png": ["png"],
  "image/gif": ["gif"],
  "image/webp": ["webp"],
  "image/bmp": ["bmp"],
  "image/tiff": ["tiff", "bigtiff"],
  "image/x-icon": ["ico", "cur"],
  "image/icns": ["icns"],
  "image/jp2": ["jp2"],
  "image/j2c": ["j2c"],
  "image/jxl": ["jxl", "jxl-stream"],
  "image/vnd.adobe.photoshop": ["psd"],
};

/** The size in which a picture is shown, by its header; of several in one file, that of the largest. Undefined: the head gives none. */
export function pictureSize(head: Uint8Array, type: string): PictureSize | undefined {
  if (isoBoxTypes.test(type)) return isoBoxSize(head);
  const size = measure(slowBoxTypes.test(type) ? head.subarray(0, maxBoxBytes) : head);
  if (!size || !formats[type]?.includes(size.type ?? "")) return undefined;
  const { width, height } = size;
  if (!isSide(width) || !isSide(height)) return undefined;
  return orient({ width, height }, size.orientation);
}

/** The size in which a JPEG with this frame is shown: the head may say that it lies on its side. */
export function jpegSize(head: Uint8Array, frame: PictureSize): PictureSize {
  const exif = exifSegment(head);
  if (!exif) return frame;
  // The library looks for the frame by itself, and is shown no other than this one.
  const { width, height } = frame;
  const segment = Uint8Array.of(
    0xff,
    0xc0,
    0,
    11,
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    1,
    1,
    17,
    0,
  );
  return orient(frame, measure(Buffer.concat([Uint8Array.of(0xff, 0xd8), exif, segment]))?.orientation);
}

/** From 5 on a picture lies on its side. */
const orient = ({ width, height }: PictureSize, orientation = 1): PictureSize =>
  orientation >= 5 && orientation <= 8 ? { width: height, height: width } : { width, height };

/** Pictures whose boxes list items with a size each. */
const isoBoxTypes = /^image\/(?:avif|heic|heif)/;
/** Formats of boxes, through which the time of the library's search grows with the square of their number: their header is short. */
const slowBoxTypes = /^image\/(?:jp2|jxl)/;
const maxBoxBytes = 32 * 1024;

const isSide = (pixels: number): boolean => Number.isSafeInteger(pixels) && pixels > 0;

function measure(head: Uint8Array): ReturnType<typeof imageSize> | undefined {
  try {
    // A copy: it reads on in the memory behind a view that ends too early.
    return imageSize(new Uint8Array(head));
  } catch {
    return undefined;
  }
}
