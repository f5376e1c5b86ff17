import { createHash } from "node:crypto";
import { AppError } from "../../../errors/app-error.ts";
import { callBucket, bucketUnavailable } from "../call-bucket.ts";
import { truncatedBody, ByteSource, readBody } from "./byte-source.ts";
import { hashMismatch } from "./file-validation.ts";

/** What may follow the file of a form besides the form's closing line. */
const maxEpilogueBytes = 64 * 1024;

export interface StoredBytes {
  sizeBytes: number;
  sha256: string;
}

/** A file whose size is known. `validation_failed`: others bytes came than were said, or they have another hash than `expected`. */
export async function storeKnownSize(
  bucket: R2Bucket,
  bytes: ByteSource,
  { key, sizeBytes, expected }: { key: string; sizeBytes: number; expected: string | undefined },
): Promise<StoredBytes> {
  const hash = createHash("sha256");
  const put = (body: ReadableStream) =>
    bucket.put(key, body, { ...(expected !== undefined && { sha256: expected }) });
  await pipeToBucket(bytes, sizeBytes, put, { see: (chunk) => hash.update(chunk), known: checksumError });
  return { sizeBytes, sha256: hash.digest("hex") };
}

const checksumError = (error: unknown): AppError | undefined =>
  /checksum/i.test(String(error)) ? hashMismatch() : undefined;

interface PipeHooks {
  /** Shown every chunk as it passes. */
  see?: (chunk: Uint8Array) => void;
  /** As of `askBucket`. */
  known?: (error: unknown) => AppError | undefined;
}

/** Passes exactly `sizeBytes` on to R2, as they come and no faster than it takes them. `validation_failed`: others came than were said. */
export async function pipeToBucket<T>(
  bytes: ByteSource,
  sizeBytes: number,
  store: (body: ReadableStream) => Promise<T>,
  { see, known }: PipeHooks = {},
): Promise<T> {
  const { readable, writable } = new FixedLengthStream(sizeBytes);
  const writer = writable.getWriter();
  let broken: AppError | undefined;
  const pump = async (): Promise<void> => {
    let left = sizeBytes;
    for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
      left -= chunk.byteLength;
      if (left < 0) throw truncatedBody();
      see?.(chunk);
      await writer.write(chunk);
    }
    if (left > 0) throw truncatedBody();
    await writer.close();
  };
  // Both ends wait for each other: what ends one must end the other.
  const pumped = pump().catch((reason: unknown) => {
    if (reason instanceof AppError) broken = reason;
    return writer.abort(reason).catch(() => {});
  });
  const stored = callBucket(
    () => store(readable),
    (error) => broken ?? known?.(error),
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
 * A file of about `expectedBytes`, at most `announcedBytes`, as a form has it. R2 wants the size before the first byte, and forms do not
 * say that of their file; where the expected size turns out to be wrong, the object is copied to its right size. So no more than a
 * chunk of the file is in memory.
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
  const { sizeBytes, rest } = fitted.result();
  if (sizeBytes === expectedBytes) return stored;
  const range = { offset: 0, length: Math.min(sizeBytes, expectedBytes) };
  const object = await callBucket(() => bucket.get(key, { range }));
  if (!object) throw bucketUnavailable();
  const copied = followedBy(readBody(object.body, { broken: bucketUnavailable }), rest);
  return storeKnownSize(bucket, copied, { key, sizeBytes, expected: undefined });
}

/** Exactly `size` bytes of these: what is missing is filled with zeros, what is too much is kept as the `rest`. */
function fitToSize(
  bytes: ByteSource,
  size: number,
): { bytes: ByteSource; result: () => { sizeBytes: number; rest: Uint8Array[] } } {
  let sizeBytes = 0;
  const rest: Uint8Array[] = [];
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
      if (chunk.byteLength > room) rest.push(chunk.slice(room));
      if (room > 0) return chunk.subarray(0, room);
    }
    return undefined;
  };
  return { bytes: new ByteSource(pull, () => bytes.drain()), result: () => ({ sizeBytes, rest }) };
}

function followedBy(bytes: ByteSource, rest: Uint8Array[]): ByteSource {
  const pull = async () => (await bytes.read()) ?? rest.shift();
  return new ByteSource(pull, () => bytes.drain());
}
