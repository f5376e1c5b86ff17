import type { PictureSize } from "./picture-size.ts";

/** Where the search for the frame ends, in bytes: colour profiles before it take some megabytes at most. */
const maxOffset = 16 * 1024 * 1024;
/** How many fill bytes 0xff may precede a marker. */
const maxFill = 1_024;

/**
 * Finds the frame header of a JPEG as decoders do, from segment to segment, over consecutive chunks of the file. A library that searches
 * for bytes that look like a frame could be deceived about the size of the picture.
 */
export class JpegFrame {
  /** Undefined until the frame header was read, and if there is none. */
  size: PictureSize | undefined;
  /** Whether the search has ended. */
  done = false;
  /** The offset of the current marker, and the bytes of it that were read. */
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

/** Start-of-frame markers: C0 to CF, except C4, C8 and CC, which are tables. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Returns the segment with Exif data, which contains the orientation; `undefined` if `head` has none before the frame. */
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
