import { imageSize } from "image-size";

export interface PictureSize {
  width: number;
  height: number;
}

/** By type, what `image-size` calls it. Types that it can't measure are not here. */
const formats: Readonly<Record<string, readonly string[]>> = {
  "image/png": ["png"],
  "image/jpeg": ["jpg"],
  "image/gif": ["gif"],
  "image/webp": ["webp"],
  "image/avif": ["avif"],
  "image/heic": ["heic", "heix"],
  "image/heic-sequence": ["hevc", "hevx"],
  "image/heif": ["mif1"],
  "image/heif-sequence": ["msf1"],
  "image/bmp": ["bmp"],
  "image/tiff": ["tiff", "bigtiff"],
  "image/x-icon": ["ico", "cur"],
  "image/icns": ["icns"],
  "image/jp2": ["jp2"],
  "image/j2c": ["j2c"],
  "image/jxl": ["jxl", "jxl-stream"],
  "image/vnd.adobe.photoshop": ["psd"],
};

/**
 * The size in which a picture is shown, by its header; of several in one file, that of the largest. Undefined: the header gives none, or
 * can be read in two ways.
 */
export function pictureSize(head: Uint8Array, type: string): PictureSize | undefined {
  const size = measure(boxed.test(type) ? head.subarray(0, boxedBytes) : head);
  if (!size || !formats[type]?.includes(size.type ?? "")) return undefined;
  const { width, height, orientation = 1 } = size;
  if (!isSide(width) || !isSide(height)) return undefined;
  if (type === "image/jpeg" && !isSame({ width, height }, jpegFrame(head))) return undefined;
  // From 5 on it lies on its side.
  return orientation >= 5 && orientation <= 8 ? { width: height, height: width } : { width, height };
}

/** Formats of boxes, through which the time of a search grows with the square of their number: their header is short. */
const boxed = /^image\/(avif|hei[cf]|jp2|jxl)/;
const boxedBytes = 32 * 1024;

const isSide = (pixels: number): boolean => Number.isSafeInteger(pixels) && pixels > 0;

const isSame = (one: PictureSize, other: PictureSize | undefined): boolean =>
  one.width === other?.width && one.height === other.height;

function measure(head: Uint8Array): ReturnType<typeof imageSize> | undefined {
  try {
    // A copy: it reads on in the memory behind a view that ends too early.
    return imageSize(new Uint8Array(head));
  } catch {
    return undefined;
  }
}

/**
 * The frame of a JPEG as decoders look for it: from segment to segment. `image-size` searches for what looks like one, so that a
 * file could show it another size than it has.
 */
function jpegFrame(head: Uint8Array): PictureSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 2; at + 9 <= head.length;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    else if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda)) return undefined;
    else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}

const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
