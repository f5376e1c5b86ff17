import type { PictureSize } from "./picture-size.ts";

/** Behind this there is no frame in a JPEG that anybody shares; profiles take some megabytes at most. */
const maxOffset = 16 * 1024 * 1024;
/** Bytes 0xff that may stand before a marker. */
const maxFill = 1_024;

/**
 * Finds the frame of a JPEG as decoders do: from segment to segment, over chunks of the file in their order. A library's search for what
 * looks like a frame could be shown another size than the picture has.
 */
export class JpegFrame {
  /** Undefined until the frame has passed, and where there is none. */
  size: PictureSize | undefined;
  done = false;
  /** Where the marker at hand begins, and its first bytes. */
  #at = 2;
  #marker: number[] = [];
  #fill = 0;
  #seen = 0;

  inspect(chunk: Uint8Array): void {
    while (!this.done) {
      const index = this.#at + this.#marker.length - this.#seen;
      if (index >= chunk.length) break;
      this.#marker.push(chunk[index] ?? 0);
      this.#read();
    }
    this.#seen += chunk.length;
  }

  #read(): void {
    const [mark, kind, ...rest] = this.#marker;
    if (mark !== 0xff || this.#at > maxOffset) this.done = true;
    else if (kind === undefined) return;
    else if (kind === 0xff) this.#skipFill();
    else if (kind < 0xc0 || (kind >= 0xd0 && kind <= 0xda)) this.done = true;
    else if (isFrame(kind)) this.#measure(rest);
    else if (rest.length === 2) this.#skip(2 + Math.max(2, number(rest, 0)));
  }

  #skipFill(): void {
    this.#skip(1);
    if (++this.#fill > maxFill) this.done = true;
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    this.#marker = [];
  }

  #measure(rest: number[]): void {
    if (rest.length < 7) return;
    const [height, width] = [number(rest, 3), number(rest, 5)];
    if (width > 0 && height > 0) this.size = { width, height };
    this.done = true;
  }
}

const number = (bytes: number[], at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);

/** C0 to CF, but for the tables among them. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** The segment with the Exif data, which tell the orientation; undefined where the head has none before the frame. */
export function exifSegment(head: Uint8Array): Uint8Array | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 2; at + 10 <= head.length && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda) || isFrame(marker)) return undefined;
    const end = at + 2 + Math.max(2, view.getUint16(at + 2));
    const isExif = marker === 0xe1 && view.getUint32(at + 4) === 0x45786966;
    if (isExif) return end <= head.length ? head.subarray(at, end) : undefined;
    at = end;
  }
  return undefined;
}
