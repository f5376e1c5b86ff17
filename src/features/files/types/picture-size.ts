import { imageSize } from "image-size";
import { isoBoxSize } from "./iso-box-size.ts";
import { exifSegment } from "./jpeg-frame.ts";

/** In pixels, as the picture is displayed. */
export interface PictureSize {
  width: number;
  height: number;
}

/** For each media type that `image-size` can measure, the names that it uses. */
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

/** Reads the displayed size of a picture from its header, of the largest one if the file contains several; `undefined` if `head` has none. */
export function pictureSize(head: Uint8Array, type: string): PictureSize | undefined {
  if (isoBoxTypes.test(type)) return isoBoxSize(head);
  const size = measure(slowBoxTypes.test(type) ? head.subarray(0, maxBoxBytes) : head);
  if (!size || !formats[type]?.includes(size.type ?? "")) return undefined;
  const { width, height } = size;
  if (!isSide(width) || !isSide(height)) return undefined;
  return orient({ width, height }, size.orientation);
}

/** Returns the displayed size of a JPEG with this frame: the Exif data in `head` may rotate it. */
export function jpegSize(head: Uint8Array, frame: PictureSize): PictureSize {
  const exif = exifSegment(head);
  if (!exif) return frame;
  // The library searches for a frame by itself, so it gets a file that contains only this one.
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

/** Swaps the sides of a picture whose Exif orientation is 5 to 8, which means rotated by 90 degrees. */
const orient = ({ width, height }: PictureSize, orientation = 1): PictureSize =>
  orientation >= 5 && orientation <= 8 ? { width: height, height: width } : { width, height };

/** Box formats whose boxes list items with a size each. */
const isoBoxTypes = /^image\/(?:avif|heic|heif)/;
/** Box formats for which the library takes quadratic time in the number of boxes, so it gets only the first bytes: the header is short. */
const slowBoxTypes = /^image\/(?:jp2|jxl)/;
const maxBoxBytes = 32 * 1024;

const isSide = (pixels: number): boolean => Number.isSafeInteger(pixels) && pixels > 0;

function measure(head: Uint8Array): ReturnType<typeof imageSize> | undefined {
  try {
    // A copy, since the library reads past the end of a view into its buffer.
    return imageSize(new Uint8Array(head));
  } catch {
    return undefined;
  }
}
