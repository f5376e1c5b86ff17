import type { PictureSize } from "./picture-size.ts";

/** Boxes that contain boxes, and how many bytes precede the first one (ISO/IEC 14496-12). */
const containers: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0, moov: 0, trak: 0 };

/** Returns the largest size that a picture in a box format (AVIF, HEIF) declares for itself or a track, as far as `head` contains it. */
export function isoBoxSize(head: Uint8Array): PictureSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let largest: PictureSize | undefined;
  const declare = (width: number, height: number): void => {
    if (width > 0 && height > 0 && width * height > (largest ? largest.width * largest.height : 0))
      largest = { width, height };
  };
  // Linear: every box is entered or skipped once.
  for (let at = 0; at + 8 <= head.length;) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...head.subarray(at + 4, at + 8));
    const header = size === 1 ? 16 : 8;
    const inner = containers[name];
    if (name === "ispe" && at + 20 <= head.length) declare(view.getUint32(at + 12), view.getUint32(at + 16));
    if (name === "tkhd" && size >= 92 && at + size <= head.length)
      declare(view.getUint16(at + size - 8), view.getUint16(at + size - 4));
    if (inner !== undefined) at += header + inner;
    else if (size === 1 && at + 16 <= head.length) at += Math.max(16, Number(view.getBigUint64(at + 8)));
    else if (size >= 8) at += size;
    else break;
  }
  return largest;
}
