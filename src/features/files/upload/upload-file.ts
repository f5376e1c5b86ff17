import type { Config } from "../../../config.ts";
import { refuse } from "../../../core/app-error.ts";
import { Died, failpoint } from "../../../core/failpoint.ts";
import { newId, randomToken } from "../../../core/ids.ts";
import { errorLine, logLine } from "../../../core/log-line.ts";
import { callObject, hubOf } from "../../../core/objects.ts";
import { unwrap } from "../../../core/outcome.ts";
import { isoTime } from "../../../core/time.ts";
import type { FileRef } from "../../../protocol/index.ts";
import { askBucket } from "../bucket.ts";
import { completeFile, enterFile, removeBytes, removeFile } from "../store.ts";
import { wrongHash } from "./file-validation.ts";
import type { IncomingFile } from "./incoming.ts";
import { bufferBytes, storeKnown, type Stored, storeUnknown } from "./store-bytes.ts";

export interface UploadContext {
  env: Env;
  config: Config;
  userId: string;
}

/**
 * Stores a file that passed the checks: it is entered in the uploader's hub and in D1, then its bytes go to R2, then it is complete, in D1
 * and in the hub. Whatever fails on the way, nothing is left; where even that fails, the hub's alarm sees to it.
 * Refuses `quota_exceeded`; `validation_failed` where the bytes are not those that were said.
 */
export async function uploadFile(context: UploadContext, incoming: IncomingFile): Promise<FileRef> {
  const { env, config, userId } = context;
  const fileId = newId("fil");
  const key = randomToken(24);
  const createdAt = Date.now();
  const { announcedBytes: sizeBytes, type, size } = incoming;
  const name = incoming.name ?? refuse("validation_failed", "A file has a name");
  const place = await openPlace(env, key, incoming);
  let began = false;
  try {
    const parts = place.r2UploadId && {
      name,
      type,
      sha256: incoming.sha256 ?? null,
      r2UploadId: place.r2UploadId,
      partSizeBytes: bufferBytes,
    };
    const hub = () => hubOf(env, userId);
    unwrap(await callObject(() => hub().reserveFile({ fileId, key, sizeBytes, ...(parts && { parts }) })));
    failpoint("upload:after-reserve");
    const row = { id: fileId, uploaderId: userId, key, name, sizeBytes, createdAt };
    await enterFile(env, row, config.FILE_WORKSPACE_QUOTA_BYTES);
    failpoint("upload:after-enter");
    began = true;
    const stored = await place.store();
    failpoint("upload:after-store");
    if (incoming.sha256 !== undefined && stored.sha256 !== incoming.sha256) throw wrongHash();
    const file = {
      id: fileId,
      name,
      type,
      ...stored,
      ...size,
      uploaderId: userId,
      createdAt: isoTime(createdAt),
    };
    return await finishUpload(context, file);
  } catch (error) {
    if (__FAILPOINTS__ && error instanceof Died) throw error;
    await abandon(context, fileId);
    const { r2UploadId } = place;
    if (began || r2UploadId !== undefined) await takeAway(env, fileId, { key, r2UploadId });
    throw error;
  }
}

/** The bytes are in R2: makes them a file, in D1 and in the hub. Done again, it is the same file. */
export async function finishUpload({ env, userId }: UploadContext, file: FileRef): Promise<FileRef> {
  if (!(await completeFile(env, file))) return swept();
  failpoint("upload:after-complete");
  const finished = await callObject(() => hubOf(env, userId).finishFile(file));
  if (!finished.ok && finished.problem.code === "not_found") return swept();
  return unwrap(finished);
}

const swept = (): never =>
  refuse("unavailable", "The upload took so long that it was given up; try again", { retryAfterMs: 2_000 });

/** Takes away what there is of an upload. Never fails: what can't be done now, the hub's alarm does. */
export async function abandon({ env, userId }: UploadContext, fileId: string): Promise<void> {
  try {
    await callObject(() => hubOf(env, userId).abandonFile(fileId));
  } catch (error) {
    logLine({ level: "warn", message: "an upload is left to the alarm", error: errorLine(error) });
  }
}

/** Takes away the bytes and the row where the hub knows nothing of them: not yet, or no more, of an upload that took very long. */
async function takeAway(env: Env, fileId: string, place: Parameters<typeof removeBytes>[1]): Promise<void> {
  try {
    await removeBytes(env, place);
    await removeFile(env, fileId);
  } catch (error) {
    logLine({
      level: "warn",
      message: "what an upload stored is left to the alarm",
      error: errorLine(error),
    });
  }
}

/** Where the bytes go. A form does not say how long its file is: R2 takes one that does not fit into memory in parts. */
async function openPlace(env: Env, key: string, incoming: IncomingFile) {
  const { bytes, announcedBytes, inForm, sha256: expected } = incoming;
  const { FILES } = env;
  const r2UploadId = undefined;
  if (!inForm)
    return {
      store: () => storeKnown(FILES, bytes, { key, sizeBytes: announcedBytes, expected }),
      r2UploadId,
    };
  if (announcedBytes <= bufferBytes) {
    const put = (whole: Uint8Array) => askBucket(() => FILES.put(key, whole));
    return { store: () => storeUnknown(put, bytes, announcedBytes), r2UploadId };
  }
  const upload = await askBucket(() => FILES.createMultipartUpload(key));
  const store = async (): Promise<Stored> => {
    const parts: R2UploadedPart[] = [];
    const put = async (piece: Uint8Array, part: number) =>
      parts.push(await askBucket(() => upload.uploadPart(part, piece)));
    const stored = await storeUnknown(put, bytes, announcedBytes);
    await askBucket(() => upload.complete(parts));
    return stored;
  };
  return { store, r2UploadId: upload.uploadId };
}
