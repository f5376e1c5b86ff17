/** The beginning of a response's body. */
export interface BodyStart {
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether the body was longer. */
  isTruncated: boolean;
}

/** Reads at most `limit` bytes of a body and cancels the rest. */
export async function readAtMost({ body }: Response, limit: number): Promise<BodyStart> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk.subarray(0, limit - size));
    size += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (size > limit) break;
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)), isTruncated: size > limit };
}
