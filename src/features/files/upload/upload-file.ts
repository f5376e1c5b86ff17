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
  const { maxBytes: sizeBytes, typed } = incoming;
  const name = incoming.name ?? reject("validation_failed", "A file has a name");
  let began = false;
  try {
    unwrap(await callObject(() => hubOf(env, userId).reserveFile({ fileId, key, sizeBytes })));
    failpoint("upload:after-reserve");
    const row = { id: fileId, uploaderId: userId, key, name, sizeBytes, createdAt };
    await insertFile(env, row, config.FILE_WORKSPACE_QUOTA_BYTES);
    failpoint("upload:after-enter");
    began = true;
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
    if (began) await removeStored(env, fileId, key);
    throw error;
  }
}

/** The bytes are in R2: makes them a file, in D1 and in the hub. Done again, it is the same file. */
export async function finishUpload({ env, userId }: UploadContext, file: FileRef): Promise<FileRef> {
  if (!(await completeFile(env, file))) return rejectExpired();
  failpoint("upload:after-complete");
  const finished = await callObject(() => hubOf(env, userId).finishFile(file));
  if (!finished.ok && finished.problem.code === "not_found") return rejectExpired();
  return unwrap(finished);
}

const rejectExpired = (): never =>
  reject("unavailable", "The upload took so long that it was given up; try again", { retryAfterMs: 2_000 });

/** Takes away what there is of an upload. Never fails: what can't be done now, the hub's alarm does. */
export async function abandonUpload({ env, userId }: UploadContext, fileId: string): Promise<void> {
  try {
    await callObject(() => hubOf(env, userId).abandonFile(fileId));
  } catch (error) {
    logLine({ level: "warn", message: "an upload is left to the alarm", error: describeError(error) });
  }
}

/** Takes away the bytes and the row where the hub knows nothing of them: not yet, or no more, of an upload that took very long. */
async function removeStored(env: Env, fileId: string, key: string): Promise<void> {
  try {
    await deleteBytes(env, { key });
    await deleteFileRow(env, fileId);
  } catch (error) {
    logLine({
      level: "warn",
      message: "what an upload stored is left to the alarm",
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
