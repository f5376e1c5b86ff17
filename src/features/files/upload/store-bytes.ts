import { createHash } from "node:crypto";
import { AppError } from "../../../errors/app-error.ts";
import { callBucket, bucketUnavailable } from "../call-bucket.ts";
import { truncatedBody, ByteSource, readBody } from "./byte-source.ts";
import { hashMismatch } from "./file-validation.ts";

/** How many bytes may follow the closing line of a form. */
const maxEpilogueBytes = 64 * 1024;

export interface StoredBytes {
  sizeBytes: number;
  sha256: string;
}

/**
 * Stores a file whose size is known.
 *
 * @param expected - the SHA-256 that the bytes must have, in hexadecimal
 * @throws `validation_failed` if the body is shorter or longer than `sizeBytes`, or has another hash; `unavailable` if R2 fails
 */
export async function storeKnownSize(
  bucket: R2Bucket,
  bytes: ByteSource,
  { key, sizeBytes, expected }: { key: string; sizeBytes: number; expected: string | undefined },
): Promise<StoredBytes> {
  const hash = createHash("sha256");
  const put = (body: ReadableStream) =>
    bucket.put(key, body, { ...(expected !== undefined && { sha256: expected }) });
  await pipeToBucket(bytes, sizeBytes, put, {
    onChunk: (chunk) => hash.update(chunk),
    mapError: checksumError,
  });
  return { sizeBytes, sha256: hash.digest("hex") };
}

const checksumError = (error: unknown): AppError | undefined =>
  /checksum/i.test(String(error)) ? hashMismatch() : undefined;

interface PipeHooks {
  /** Called with every chunk before it is written. */
  onChunk?: (chunk: Uint8Array) => void;
  /** See `callBucket`. */
  mapError?: (error: unknown) => AppError | undefined;
}

/**
 * Streams exactly `sizeBytes` to R2, with backpressure.
 *
 * @param store - starts the write in R2 from the stream that it is given
 * @throws `validation_failed` if the source has fewer or more bytes; `unavailable` if R2 fails
 */
export async function pipeToBucket<T>(
  bytes: ByteSource,
  sizeBytes: number,
  store: (body: ReadableStream) => Promise<T>,
  { onChunk, mapError }: PipeHooks = {},
): Promise<T> {
  const { readable, writable } = new FixedLengthStream(sizeBytes);
  const writer = writable.getWriter();
  let broken: AppError | undefined;
  const pump = async (): Promise<void> => {
    let left = sizeBytes;
    for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
      left -= chunk.byteLength;
      if (left < 0) throw truncatedBody();
      onChunk?.(chunk);
      await writer.write(chunk);
    }
    if (left > 0) throw truncatedBody();
    await writer.close();
  };
  // The two ends wait for each other, so an error of one must abort the other.
  const pumped = pump().catch((reason: unknown) => {
    if (reason instanceof AppError) broken = reason;
    return writer.abort(reason).catch(() => {});
  });
  const stored = callBucket(
    () => store(readable),
    (error) => broken ?? mapError?.(error),
  );
  try {
    return await stored;
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  } finally {
    await pumped;
  }
}

/**
 * Stores the file of a form, whose size is only expected. R2 needs the size before the first byte, and a form does not state that of its
 * file. If the expected size was wrong, the object is copied to one of the right size; so never more than a chunk of the file is in
 * memory.
 *
 * @throws `validation_failed` for a truncated body; `unavailable` if R2 fails
 */
export async function storeExpectedSize(
  bucket: R2Bucket,
  bytes: ByteSource,
  { key, expectedBytes }: { key: string; expectedBytes: number },
): Promise<StoredBytes> {
  const fitted = fitToSize(bytes, expectedBytes);
  const stored = await storeKnownSize(bucket, fitted.bytes, {
    key,
    sizeBytes: expectedBytes,
    expected: undefined,
  });
  const { sizeBytes, surplus } = fitted.result();
  if (sizeBytes === expectedBytes) return stored;
  const range = { offset: 0, length: Math.min(sizeBytes, expectedBytes) };
  const object = await callBucket(() => bucket.get(key, { range }));
  if (!object) throw bucketUnavailable();
  const copied = followedBy(readBody(object.body, { broken: bucketUnavailable }), surplus);
  return storeKnownSize(bucket, copied, { key, sizeBytes, expected: undefined });
}

/** Makes a source of exactly `size` bytes: missing bytes are filled up with zeros, surplus bytes are kept as `surplus`. */
function fitToSize(
  bytes: ByteSource,
  size: number,
): { bytes: ByteSource; result: () => { sizeBytes: number; surplus: Uint8Array[] } } {
  let sizeBytes = 0;
  const surplus: Uint8Array[] = [];
  let missing: number | undefined;
  const pull = async (): Promise<Uint8Array | undefined> => {
    while (missing === undefined) {
      const chunk = await bytes.read();
      if (!chunk) {
        missing = Math.max(0, size - sizeBytes);
        if (missing > maxEpilogueBytes) throw truncatedBody();
        return missing > 0 ? new Uint8Array(missing) : undefined;
      }
      const room = Math.max(0, size - sizeBytes);
      sizeBytes += chunk.byteLength;
      if (sizeBytes > size + maxEpilogueBytes) throw truncatedBody();
      if (chunk.byteLength > room) surplus.push(chunk.slice(room));
      if (room > 0) return chunk.subarray(0, room);
    }
    return undefined;
  };
  return { bytes: new ByteSource(pull, () => bytes.drain()), result: () => ({ sizeBytes, surplus }) };
}

function followedBy(bytes: ByteSource, surplus: Uint8Array[]): ByteSource {
  const pull = async () => (await bytes.read()) ?? surplus.shift();
  return new ByteSource(pull, () => bytes.drain());
}
