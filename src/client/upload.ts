/** Uploads of files of any size: `parley/client/upload`, a separate module so that other applications do not load it. */
import { completeUpload, createUpload, getUpload, uploadFile, uploadPart } from "./contract/files.ts";
import type { FileRef, FileUpload } from "./contract/files.ts";
import { Backoff } from "./backoff.ts";
import type { Call } from "./call.ts";
import { ParleyError } from "./error.ts";

/** Options of `upload`. */
export interface UploadOptions {
  /** The file's name; by default that of the `File`. */
  name?: string;
  /** SHA-256 of the bytes, in hexadecimal: the server rejects other bytes. */
  sha256?: string;
  /** Called after each part. `fileId` resumes an interrupted upload; it is null where the file is sent in one request. */
  onProgress?: (progress: { fileId: string | null; sentBytes: number; sizeBytes: number }) => void;
  /** The `fileId` of an interrupted upload of the same bytes, to resume it. */
  resume?: string;
  /** Aborts the upload; it can be resumed within six hours. */
  signal?: AbortSignal;
}

/** Larger files are sent in parts, so that a lost connection costs one part. */
const oneRequestBytes = 16 * 1024 * 1024;
const maxPartAttempts = 6;

/**
 * Uploads a file, in parts above 16 MiB; parts that are lost are sent again. A message refers to the file by its id.
 *
 * @throws ParleyError the server's error, or `unavailable` with status 0 without a response
 * @example
 * const file = await upload(client, input.files[0]);
 * await room.send("messageCreate", { content: "", fileIds: [file.id] });
 */
export async function upload(
  { call }: { call: Call },
  file: Blob,
  options: UploadOptions = {},
): Promise<FileRef> {
  const { name = (file as Partial<File>).name ?? "file", sha256, resume, signal, onProgress } = options;
  const signals = signal && { signal };
  if (file.size <= oneRequestBytes && !resume) {
    const query = { name, ...(sha256 && { sha256 }) };
    const made = await call(uploadFile, { query, bytes: file, ...signals });
    onProgress?.({ fileId: null, sentBytes: file.size, sizeBytes: file.size });
    return made;
  }
  const begun: FileUpload = resume
    ? await call(getUpload, { params: { fileId: resume }, ...signals })
    : await call(createUpload, {
        body: {
          name,
          sizeBytes: file.size,
          ...(file.type && { type: withoutParameters(file.type) }),
          ...(sha256 && { sha256 }),
        },
        ...signals,
      });
  const { id: fileId, partCount, partSizeBytes, received } = begun;
  const reportProgress = (part: number): void =>
    onProgress?.({
      fileId,
      sentBytes: Math.min(part * partSizeBytes, file.size),
      sizeBytes: file.size,
    });
  reportProgress(0);
  for (let part = 1; part <= partCount; part++) {
    const bytes = file.slice((part - 1) * partSizeBytes, part * partSizeBytes);
    if (!received.includes(part))
      await retryTemporary(
        () => call(uploadPart, { params: { fileId, part }, bytes, ...signals, retry: false }),
        signal,
      );
    reportProgress(part);
  }
  return retryTemporary(() => call(completeUpload, { params: { fileId }, ...signals, retry: false }), signal);
}

/**
 * Returns a media type without parameters, except the encoding of a text: the only parameter that the server accepts.
 */
const withoutParameters = (type: string): string | undefined =>
  /^[^;]+;\s?charset=[\w.:-]+$/.test(type) ? type : type.split(";")[0];

/** Retries an idempotent request while its error may be temporary. */
async function retryTemporary<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const backoff = new Backoff();
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const isFinal = !(error instanceof ParleyError && error.retry) || tries >= maxPartAttempts;
      if (isFinal || signal?.aborted) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoff.next());
      await new Promise<void>((resolve) => {
        setTimeout(resolve, waitMs);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }
}
