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
 * @throws the errors of `onArrival`; `validation_failed` if the body is shorter or longer than `sizeBytes`, or has another hash;
 * `unavailable` if R2 fails
 */
export async function storeKnownSize(
  bucket: R2Bucket,
  bytes: ByteSource,
  { key, sizeBytes, expected, onArrival }: KnownSize,
): Promise<StoredBytes> {
  const hash = createHash("sha256");
  let sha256 = "";
  const put = (body: ReadableStream) =>
    bucket.put(key, body, { ...(expected !== undefined && { sha256: expected }) });
  await pipeToBucket(bytes, sizeBytes, put, {
    onChunk: (chunk) => hash.update(chunk),
    onArrival: async () => {
      sha256 = hash.digest("hex");
      if (expected !== undefined && sha256 !== expected) throw hashMismatch();
      await onArrival?.({ sizeBytes, sha256 });
    },
    mapError: checksumError,
  });
  return { sizeBytes, sha256 };
}

interface KnownSize {
  key: string;
  sizeBytes: number;
  /** The SHA-256 that the bytes must have, in hexadecimal. */
  expected: string | undefined;
  /** Called when all bytes have arrived and before R2 gets the last one, so that there is no object if it throws. */
  onArrival?: (arrived: StoredBytes) => Promise<void>;
}

const checksumError = (error: unknown): AppError | undefined =>
  /checksum/i.test(String(error)) ? hashMismatch() : undefined;

interface PipeHooks {
  /** Called with every chunk before it is written. */
  onChunk?: (chunk: Uint8Array) => void;
  /** Called when all bytes have arrived and before R2 gets the last one. If it throws, there is no object. */
  onArrival?: () => Promise<void>;
  /** See `callBucket`. */
  mapError?: (error: unknown) => AppError | undefined;
}

/**
 * Streams exactly `sizeBytes` to R2, with backpressure.
 *
 * @param store - starts the write in R2 from the stream that it is given
 * @throws `validation_failed` if the source has fewer or more bytes; the errors of `onArrival`; `unavailable` if R2 fails
 */
export async function pipeToBucket<T>(
  bytes: ByteSource,
  sizeBytes: number,
  store: (body: ReadableStream) => Promise<T>,
  { onChunk, onArrival, mapError }: PipeHooks = {},
): Promise<T> {
  const { readable, writable } = new FixedLengthStream(sizeBytes);
  const writer = writable.getWriter();
  let broken: AppError | undefined;
  let arrivalError: { reason: unknown } | undefined;
  const pump = async (): Promise<void> => {
    let left = sizeBytes;
    let lastByte: Uint8Array | undefined;
    for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
      left -= chunk.byteLength;
      if (left < 0) throw truncatedBody();
      onChunk?.(chunk);
      const isLast = left === 0 && lastByte === undefined;
      // Copied, because the next read may overwrite the chunk.
      if (isLast) lastByte = chunk.slice(-1);
      const rest = isLast ? chunk.subarray(0, -1) : chunk;
      if (rest.byteLength > 0) await writer.write(rest);
    }
    if (left > 0) throw truncatedBody();
    await onArrival?.().catch((reason: unknown) => {
      arrivalError = { reason };
      throw reason;
    });
    if (lastByte) await writer.write(lastByte);
    await writer.close();
  };
  // The two ends wait for each other, so an error of one must abort the other.
  const pumped = pump().catch((reason: unknown) => {
    if (reason instanceof AppError) broken = reason;
    return writer.abort(reason).catch(() => {});
  });
  const stored = callBucket(
    () => store(readable),
    (error) => broken ?? (arrivalError ? bucketUnavailable() : mapError?.(error)),
  );
  try {
    return await stored;
  } catch (error) {
    await writer.abort(error).catch(() => {});
    await pumped;
    // R2's error only follows from this one.
    throw arrivalError ? arrivalError.reason : error;
  } finally {
    await pumped;
  }
}

/** What is known of a form's file when its bytes have arrived; without a hash, it is stored with another size at first. */
export interface ArrivedBytes {
  sizeBytes: number;
  sha256: string | undefined;
}

/**
 * Stores the file of a form, whose size is only expected. R2 needs the size before the first byte, and a form does not state that of its
 * file. If the expected size was wrong, the object is copied to one of the right size; so never more than a chunk of the file is in
 * memory.
 *
 * @param target `onArrival`: called when all bytes have arrived and before R2 gets the last one
 * @throws `validation_failed` for a truncated body; the errors of `onArrival`; `unavailable` if R2 fails
 */
export async function storeExpectedSize(
  bucket: R2Bucket,
  bytes: ByteSource,
  {
    key,
    expectedBytes,
    onArrival,
  }: { key: string; expectedBytes: number; onArrival: (arrived: ArrivedBytes) => Promise<void> },
): Promise<StoredBytes> {
  const fitted = fitToSize(bytes, expectedBytes);
  const stored = await storeKnownSize(bucket, fitted.bytes, {
    key,
    sizeBytes: expectedBytes,
    expected: undefined,
    onArrival: ({ sha256 }) => {
      const { sizeBytes } = fitted.result();
      return onArrival({ sizeBytes, sha256: sizeBytes === expectedBytes ? sha256 : undefined });
    },
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
