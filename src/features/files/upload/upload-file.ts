import type { Config } from "../../../config.ts";
import { reject } from "../../../errors/app-error.ts";
import { failpoint, rethrowSimulatedCrash } from "../../../lib/failpoint.ts";
import { describeError, logLine } from "../../../lib/log-line.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { isoTime } from "../../../lib/time.ts";
import type { FileRef } from "../../../protocol/index.ts";
import {
  completeFile,
  completeRow,
  deleteBytes,
  deleteFileRow,
  insertFile,
  kindFields,
  newlyFound,
  requireWorkspaceSpace,
} from "../file-queries.ts";
import { recentFiles } from "../recent-files.ts";
import { uploadMs } from "./byte-source.ts";
import { hashMismatch } from "./file-validation.ts";
import type { IncomingFile, PlannedUpload } from "./incoming-file.ts";
import { type ArrivedBytes, storeExpectedSize, storeKnownSize, type StoredBytes } from "./store-bytes.ts";

/** The environment and the user of an upload. */
export interface UploadContext {
  env: Env;
  config: Config;
  userId: string;
}

/** A check of the workspace's space before the first byte costs a query, which pays off for files of this size. */
const earlyCheckBytes = 8 * 1024 * 1024;

/**
 * Stores a file that passed the checks, in this order: a reservation in the uploader's hub, unless `planUpload` made it; all bytes but the
 * last to R2; a row in D1, which charges the workspace; the last byte to R2, which creates the object; then the file is complete in the hub. If a
 * step fails, everything is removed; if removing fails too, the hub's alarm repeats it.
 *
 * @throws `quota_exceeded`; `validation_failed` if the bytes differ from the declared size or hash; `request_timeout`; `unavailable` if the
 * hub, D1 or R2 does not answer
 */
export async function uploadFile(
  context: UploadContext,
  planned: PlannedUpload,
  incoming: IncomingFile,
): Promise<FileRef> {
  const { env, config, userId } = context;
  const { fileId, key } = planned;
  const { maxBytes: sizeBytes } = incoming;
  planned.hasBegun = true;
  const recorder = new FileRecorder(context, planned, incoming);
  let isBlank = true;
  try {
    unwrap(
      planned.reserved ??
        (await callObject(() => hubOf(env, userId).reserveFile({ fileId, key, sizeBytes }))),
    );
    failpoint("upload:after-reserve");
    if (sizeBytes >= earlyCheckBytes)
      await requireWorkspaceSpace(env, sizeBytes, config.FILE_WORKSPACE_QUOTA_BYTES);
    isBlank = false;
    const stored = await store(env, key, incoming, recorder);
    failpoint("upload:after-store");
    const file = await finishInHub(context, await recorder.finish(stored));
    recentFiles.add(userId, newlyFound(file, key, planned.createdAt));
    return file;
  } catch (error) {
    rethrowSimulatedCrash(error);
    await abandonUpload(context, fileId, { isBlank });
    if (recorder.isInserted) await removeStored(env, fileId, key);
    throw error;
  }
}

/** Writes the row of an upload in one request. */
class FileRecorder {
  isInserted = false;
  #isComplete = false;
  readonly #context: UploadContext;
  readonly #planned: PlannedUpload;
  readonly #incoming: IncomingFile;

  constructor(context: UploadContext, planned: PlannedUpload, incoming: IncomingFile) {
    this.#context = context;
    this.#planned = planned;
    this.#incoming = incoming;
  }

  /**
   * Inserts the row when all bytes have arrived, before the object exists: complete, or, without a hash, to be completed by `finish`. Until
   * the hub completes the file, no user can read it.
   *
   * @throws `quota_exceeded`; `unavailable` after the time at which the hub removes the upload: its second deletion must precede neither the row nor the
   * last byte
   */
  async insert({ sizeBytes, sha256 }: ArrivedBytes): Promise<void> {
    const { env, config, userId: uploaderId } = this.#context;
    const { fileId: id, key, createdAt } = this.#planned;
    this.#requireTime();
    const row = { id, uploaderId, key, name: this.#name, sizeBytes, createdAt };
    await insertFile(
      env,
      sha256 === undefined ? row : completeRow(row, this.#describe({ sizeBytes, sha256 })),
      config.FILE_WORKSPACE_QUOTA_BYTES,
    );
    this.isInserted = true;
    this.#requireTime();
    failpoint("upload:after-enter");
    this.#isComplete = sha256 !== undefined;
  }

  /** Returns the file whose bytes are in R2, and completes its row unless `insert` did. */
  async finish(stored: StoredBytes): Promise<FileRef> {
    const file = this.#describe(stored);
    if (!this.#isComplete && !(await completeFile(this.#context.env, file))) rejectExpired();
    return file;
  }

  #requireTime(): void {
    if (Date.now() >= this.#planned.createdAt + uploadMs) rejectExpired();
  }

  get #name(): string {
    return this.#incoming.name ?? reject("validation_failed", "A file must have a name");
  }

  #describe(stored: StoredBytes): FileRef {
    const { sha256, typed } = this.#incoming;
    if (sha256 !== undefined && stored.sha256 !== sha256) throw hashMismatch();
    const { fileId: id, createdAt } = this.#planned;
    return {
      id,
      name: this.#name,
      ...kindFields(typed?.kind()),
      ...stored,
      uploaderId: this.#context.userId,
      createdAt: isoTime(createdAt),
    };
  }
}

/**
 * Completes an upload in parts whose bytes are in R2, first in D1, then in the hub. Idempotent.
 *
 * @throws `unavailable` if the upload was removed meanwhile because it took too long
 */
export async function finishUpload(context: UploadContext, file: FileRef): Promise<FileRef> {
  if (!(await completeFile(context.env, file))) return rejectExpired();
  failpoint("upload:after-complete");
  return finishInHub(context, file);
}

async function finishInHub({ env, userId }: UploadContext, file: FileRef): Promise<FileRef> {
  const finished = await callObject(() => hubOf(env, userId).finishFile(file));
  if (!finished.ok && finished.problem.code === "not_found") return rejectExpired();
  return unwrap(finished);
}

const rejectExpired = (): never =>
  reject("unavailable", "The upload took too long and was removed; try again", { retryAfterMs: 2_000 });

/**
 * Removes all traces of an upload. Never throws: the hub's alarm repeats what fails now.
 *
 * @param options `isBlank`: neither R2 nor D1 was called for it, so that the hub has only its reservation to remove
 */
export async function abandonUpload(
  { env, userId }: Pick<UploadContext, "env" | "userId">,
  fileId: string,
  options: { isBlank?: boolean } = {},
): Promise<void> {
  try {
    await callObject(() => hubOf(env, userId).abandonFile(fileId, options));
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

/** Sends the bytes to R2. The row is inserted before the last one. */
function store(
  { FILES }: Env,
  key: string,
  { bytes, maxBytes: sizeBytes, expectedBytes, inForm, sha256: expected }: IncomingFile,
  recorder: FileRecorder,
): Promise<StoredBytes> {
  const onArrival = (arrived: ArrivedBytes): Promise<void> => recorder.insert(arrived);
  return inForm
    ? storeExpectedSize(FILES, bytes, { key, expectedBytes, onArrival })
    : storeKnownSize(FILES, bytes, { key, sizeBytes, expected, onArrival });
}
