/** Minimal headers of images. */

/** Concatenates texts and numbers as bytes. */
export const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  );
export const u32 = (value: number): number[] => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255,
];
export const u16 = (value: number): number[] => [value >> 8, value & 255];

export const png = (width: number, height: number) =>
  bytes(
    [0x89],
    "PNG\r\n\u001a\n",
    u32(13),
    "IHDR",
    u32(width),
    u32(height),
    [8, 2, 0, 0, 0],
    u32(0),
    u32(0),
    "IDAT",
  );
export const gif = (width: number, height: number) =>
  bytes("GIF89a", [width & 255, width >> 8, height & 255, height >> 8], [0, 0, 0, 0x3b]);
/** The segment with the size of a JPEG. */
export const frame = (width: number, height: number) => [
  0xff,
  0xc0,
  0,
  11,
  8,
  ...u16(height),
  ...u16(width),
  1,
  1,
  0x11,
  0,
];
export const jpeg = (...segments: number[][]) =>
  bytes([0xff, 0xd8], [0xff, 0xe0, 0, 4, 0, 0], ...segments, [0xff, 0xd9]);
export const webp = (width: number, height: number) =>
  bytes(
    "RIFF",
    [22, 0, 0, 0],
    "WEBPVP8X",
    [10, 0, 0, 0, 0, 0, 0, 0],
    [(width - 1) & 255, ((width - 1) >> 8) & 255, (width - 1) >> 16],
    [(height - 1) & 255, ((height - 1) >> 8) & 255, (height - 1) >> 16],
  );
/** A box of an ISO media file. */
export const box = (name: string, ...content: (string | number[] | Uint8Array)[]): Uint8Array => {
  const inner = Buffer.concat(
    content.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  );
  return Buffer.concat([Buffer.from(u32(inner.length + 8)), Buffer.from(name), inner]);
};
/** The box with the size of an AVIF. */
export const ispe = (width: number, height: number) => box("ispe", u32(0), u32(width), u32(height));
export const avif = (...sizes: Uint8Array[]) =>
  Buffer.concat([
    box("ftyp", "avif", u32(0), "avifmif1"),
    box("meta", u32(0), box("iprp", box("ipco", ...sizes))),
  ]);
