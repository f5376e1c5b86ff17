import { limits } from "../protocol/index.ts";

/** A frame and what it weighs on the wire. */
export interface Frame {
  text: string;
  bytes: number;
}

/** Packs envelopes, in order, into JSON arrays that stay within the bound where one envelope alone does. */
export function packFrames(
  envelopes: readonly string[],
  maxBytes: number = limits.serverFrameBytes,
): Frame[] {
  const frames: Frame[] = [];
  let held: string[] = [];
  let bytes = 2;
  const flush = (): void => {
    if (held.length > 0) frames.push({ text: `[${held.join(",")}]`, bytes: bytes - 1 });
    held = [];
    bytes = 2;
  };
  for (const envelope of envelopes) {
    const size = Buffer.byteLength(envelope) + 1;
    if (held.length > 0 && bytes + size > maxBytes) flush();
    held.push(envelope);
    bytes += size;
  }
  flush();
  return frames;
}
