import type { Config } from "../../../config.ts";
import { reject } from "../../../errors/app-error.ts";
import { failpoint, rethrowSimulatedCrash } from "../../../lib/failpoint.ts";
import { newId, randomToken } from "../../../lib/ids.ts";
import { describeError, logLine } from "../../../lib/log-line.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { isoTime } from "../../../lib/time.ts";
import type { FileRef } from "../../../protocol/index.ts";
import { completeFile, kindFields, insertFile, deleteBytes, deleteFileRow } from "../file-queries.ts";
import { hashMismatch } from "./file-validation.ts";
import type { IncomingFile } from "./incoming-file.ts";
import { storeExpectedSize, storeKnownSize, type StoredBytes } from "./store-bytes.ts";

/** The environment and the user of an upload. */
export interface UploadContext {
  env: Env;
  config: Config;
  userId: string;
}

/**
 * Stores a file that passed the checks, in this order: a reservation in the uploader's hub, a row in D1, the bytes in R2, then it is
 * complete in D1 and in the hub. If a step fails, everything is removed; if removing fails too, the hub's alarm repeats it.
 *
 * @throws `quota_exceeded`; `validation_failed` if the bytes differ from the declared size or hash; `request_timeout`; `unavailable` if the
 * hub, D1 or R2 does not answer
 */
export async function uploadFile(context: UploadContext, incoming: IncomingFile): Promise<FileRef> {
  const { env, config, userId } = context;
  const fileId = newId("fil");
  const key = randomToken(24);
  const createdAt = Date.now();
  const { maxBytes: sizeBytes, typed } = incoming;
  const name = incoming.name ?? reject("validation_failed", "A file must have a name");
  let isInserted = false;
  try {
    unwrap(await callObject(() => hubOf(env, userId).reserveFile({ fileId, key, sizeBytes })));
    failpoint("upload:after-reserve");
    const row = { id: fileId, uploaderId: userId, key, name, sizeBytes, createdAt };
    await insertFile(env, row, config.FILE_WORKSPACE_QUOTA_BYTES);
    failpoint("upload:after-enter");
    isInserted = true;
    const stored = await store(env, key, incoming);
    failpoint("upload:after-store");
    if (incoming.sha256 !== undefined && stored.sha256 !== incoming.sha256) throw hashMismatch();
    const file = {
      id: fileId,
      name,
      ...kindFields(typed?.kind()),
      ...stored,
      uploaderId: userId,
      createdAt: isoTime(createdAt),
    };
    return await finishUpload(context, file);
  } catch (error) {
    rethrowSimulatedCrash(error);
    await abandonUpload(context, fileId);
    if (isInserted) await removeStored(env, fileId, key);
    throw error;
  }
}

/**
 * Completes a file whose bytes are in R2, first in D1, then in the hub. Idempotent.
 *
 * @throws `unavailable` if the upload was removed meanwhile because it took too long
 */
export async function finishUpload({ env, userId }: UploadContext, file: FileRef): Promise<FileRef> {
  if (!(await completeFile(env, file))) return rejectExpired();
  failpoint("upload:after-complete");
  const finished = await callObject(() => hubOf(env, userId).finishFile(file));
  if (!finished.ok && finished.problem.code === "not_found") return rejectExpired();
  return unwrap(finished);
}

const rejectExpired = (): never =>
  reject("unavailable", "The upload took too long and was removed; try again", { retryAfterMs: 2_000 });

/** Removes all traces of an upload. Never throws: the hub's alarm repeats what fails now. */
export async function abandonUpload({ env, userId }: UploadContext, fileId: string): Promise<void> {
  try {
    await callObject(() => hubOf(env, userId).abandonFile(fileId));
  } catch (error) {
    logLine({ level: "warn", message: "file.abandon_failed", error: describeError(error) });
  }
}

/** Removes the bytes and the row if the hub has no reservation: it was not stored yet, or was removed because the upload took too long. */
async function removeStored(env: Env, fileId: string, key: string): Promise<void> {
  try {
    await deleteBytes(env, { key });
    await deleteFileRow(env, fileId);
  } catch (error) {
    logLine({
      level: "warn",
      message: "file.remove_failed",
      error: describeError(error),
    });
  }
}

/** Sends the bytes to R2. */
function store({ FILES }: Env, key: string, incoming: IncomingFile): Promise<StoredBytes> {
  const { bytes, maxBytes: sizeBytes, expectedBytes, inForm, sha256: expected } = incoming;
  return inForm
    ? storeExpectedSize(FILES, bytes, { key, expectedBytes })
    : storeKnownSize(FILES, bytes, { key, sizeBytes, expected });
}
