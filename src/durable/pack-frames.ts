import { limits } from "../protocol/index.ts";

/** A frame and its size in UTF-8. */
export interface Frame {
  text: string;
  bytes: number;
}

/** Packs envelopes into frames (JSON arrays), in order. A frame exceeds `maxBytes` only if a single envelope does. */
export function packFrames(
  envelopes: readonly string[],
  maxBytes: number = limits.serverFrameBytes,
): Frame[] {
  if (envelopes.length === 0) return [];
  const text = `[${envelopes.join(",")}]`;
  const bytesOfAll = Buffer.byteLength(text);
  if (bytesOfAll <= maxBytes || envelopes.length === 1) return [{ text, bytes: bytesOfAll }];
  const frames: Frame[] = [];
  let packed: string[] = [];
  let bytes = 2;
  const flush = (): void => {
    if (packed.length > 0) frames.push({ text: `[${packed.join(",")}]`, bytes: bytes - 1 });
    packed = [];
    bytes = 2;
  };
  for (const envelope of envelopes) {
    const size = Buffer.byteLength(envelope) + 1;
    if (packed.length > 0 && bytes + size > maxBytes) flush();
    packed.push(envelope);
    bytes += size;
  }
  flush();
  return frames;
}
