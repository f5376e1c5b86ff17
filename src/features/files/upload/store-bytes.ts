import { createHash } from "node:crypto";
import { AppError } from "../../../core/app-error.ts";
import { askBucket } from "../bucket.ts";
import { brokeOff, type Bytes } from "./bytes.ts";
import { wrongHash } from "./file-validation.ts";

/** Of every part but the last, of a file whose size is known only at its end: all of it that is in memory at a time. */
export const bufferBytes = 8 * 1024 * 1024;

export interface Stored {
  sizeBytes: number;
  sha256: string;
}

/** A file whose size is known. `validation_failed`: others bytes came than were said, or they have another hash than `expected`. */
export async function storeKnown(
  bucket: R2Bucket,
  bytes: Bytes,
  { key, sizeBytes, expected }: { key: string; sizeBytes: number; expected: string | undefined },
): Promise<Stored> {
  const hash = createHash("sha256");
  const put = (body: ReadableStream) =>
    bucket.put(key, body, { ...(expected !== undefined && { sha256: expected }) });
  await passOn(bytes, sizeBytes, put, { see: (chunk) => hash.update(chunk), known: wrongChecksum });
  return { sizeBytes, sha256: hash.digest("hex") };
}

const wrongChecksum = (error: unknown): AppError | undefined =>
  /checksum/i.test(String(error)) ? wrongHash() : undefined;

interface Watch {
  /** Shown every chunk as it passes. */
  see?: (chunk: Uint8Array) => void;
  /** As of `askBucket`. */
  known?: (error: unknown) => AppError | undefined;
}

/** Passes exactly `sizeBytes` on to R2, as they come and no faster than it takes them. `validation_failed`: others came than were said. */
export async function passOn<T>(
  bytes: Bytes,
  sizeBytes: number,
  store: (body: ReadableStream) => Promise<T>,
  { see, known }: Watch = {},
): Promise<T> {
  const { readable, writable } = new FixedLengthStream(sizeBytes);
  const writer = writable.getWriter();
  let broken: AppError | undefined;
  const pump = async (): Promise<void> => {
    let left = sizeBytes;
    for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
      left -= chunk.byteLength;
      if (left < 0) throw brokeOff();
      see?.(chunk);
      await writer.write(chunk);
    }
    if (left > 0) throw brokeOff();
    await writer.close();
  };
  // Both ends wait for each other: what ends one must end the other.
  const pumped = pump().catch((reason: unknown) => {
    if (reason instanceof AppError) broken = reason;
    return writer.abort(reason).catch(() => {});
  });
  const stored = askBucket(
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

/** Writes what comes, by `put`, a buffer at a time: of `atMostBytes` all told, every one but the last of `bufferBytes`. */
export async function storeUnknown(
  put: (bytes: Uint8Array, part: number) => Promise<unknown>,
  bytes: Bytes,
  atMostBytes: number,
): Promise<Stored> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(Math.min(bufferBytes, atMostBytes));
  let [filled, part, sizeBytes] = [0, 1, 0];
  for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
    for (let at = 0; at < chunk.byteLength;) {
      if (filled === buffer.byteLength) {
        await put(buffer, part++);
        filled = 0;
      }
      const piece = chunk.subarray(at, at + buffer.byteLength - filled);
      buffer.set(piece, filled);
      [filled, at] = [filled + piece.byteLength, at + piece.byteLength];
    }
  }
  await put(buffer.subarray(0, filled), part);
  return { sizeBytes, sha256: hash.digest("hex") };
}
