import { createHash } from "node:crypto";
import { AppError, reject } from "../../../errors/app-error.ts";
import { partCount, type StoredPart } from "../../../domain/files.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { isoTime } from "../../../lib/time.ts";
import type { FileRef } from "../../../protocol/index.ts";
import { callBucket, bucketUnavailable } from "../call-bucket.ts";
import {
  kindFields,
  findFileRow,
  findFile,
  chargeArrivedBytes,
  isMissingUpload,
  presentFile,
} from "../file-queries.ts";
import { headBytes } from "../types/sniff.ts";
import { detectType } from "../types/detect-type.ts";
import { readBody } from "../upload/byte-source.ts";
import { parseDeclaredType } from "../upload/file-upload-handler.ts";
import { hashMismatch } from "../upload/file-validation.ts";
import { abandonUpload, finishUpload, type UploadContext } from "../upload/upload-file.ts";
import type { Upload } from "./begin-upload.ts";

/** How many missing parts an error lists. */
const maxListedParts = 100;

/**
 * Joins the parts of an upload to a file, and reads that once to check its type and its hash. A file that fails these checks is removed.
 * If R2 or D1 fails, the call can be repeated.
 *
 * @returns `repeated`: whether the upload was complete already
 * @throws `conflict` if parts are missing; `quota_exceeded`; `validation_failed`, `unsupported_media_type` and `payload_too_large` as for
 * an upload in one request; `not_found`; `unavailable`
 */
export async function completeUpload(
  context: UploadContext,
  fileId: string,
): Promise<{ file: FileRef; repeated: boolean }> {
  const { env, config, userId } = context;
  const found = await callObject(() => hubOf(env, userId).openUpload(fileId));
  if (!found.ok)
    return { file: await findCompleted(context, fileId, new AppError(found.problem)), repeated: true };
  const upload = found.value;
  rejectMissingParts(upload);
  await chargeArrivedBytes(env, fileId, upload.plan.sizeBytes, config.FILE_WORKSPACE_QUOTA_BYTES);
  await joinParts(env, upload);
  try {
    const checked = await inspectObject(context, upload);
    const { createdAt } = (await findFileRow(env, fileId)) ?? reject("not_found", "No such file");
    const { name, sizeBytes } = upload.plan;
    const file = {
      id: fileId,
      name,
      sizeBytes,
      ...checked,
      uploaderId: userId,
      createdAt: isoTime(createdAt),
    };
    return { file: await finishUpload(context, file), repeated: false };
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await abandonUpload(context, fileId);
    throw error;
  }
}

/** Returns the file that the upload has become, to its uploader. @throws `error` in every other case */
async function findCompleted(
  { env, userId }: UploadContext,
  fileId: string,
  error: AppError,
): Promise<FileRef> {
  if (error.code !== "not_found") throw error;
  const row = await findFile(env, fileId);
  if (row?.uploaderId !== userId) throw error;
  if (!(await callObject(() => hubOf(env, userId).fileVisibility(fileId)))) throw error;
  return presentFile(row);
}

function rejectMissingParts({ plan, received }: Upload): void {
  const receivedParts = new Set(received.map(({ part }) => part));
  const missing = Array.from({ length: partCount(plan) }, (_, index) => index + 1).filter(
    (part) => !receivedParts.has(part),
  );
  if (missing.length > 0)
    reject("conflict", `${missing.length} parts are missing; send them and complete the upload again`, {
      issues: missing.slice(0, maxListedParts).map((part) => ({ path: `parts.${part}`, message: "Missing" })),
    });
}

/** Joins the parts in R2. Idempotent, also for concurrent calls: then the object exists already with the right size. */
async function joinParts({ FILES }: Env, { plan, received }: Upload): Promise<void> {
  const parts = received.map(({ part, etag }: StoredPart) => ({ partNumber: part, etag }));
  const { key, r2UploadId, sizeBytes } = plan;
  await callBucket(async () => {
    try {
      await FILES.resumeMultipartUpload(key, r2UploadId).complete(parts);
    } catch (error) {
      const joined = await FILES.head(key);
      if (joined?.size === sizeBytes) return;
      if (isPartMismatch(error))
        reject("conflict", "A part was sent twice at the same time; send the parts again");
      if (isMissingUpload(error)) reject("not_found", "No such file");
      throw error;
    }
  });
}

/** Whether R2's error means that the `ETag` of a stored part differs from the one that the hub recorded. */
const isPartMismatch = (error: unknown): boolean =>
  /10025|10048|InvalidPart|specified parts could not be found/i.test(String(error));

/** Reads the object once, and returns its type, size in pixels and hash. @throws the errors of `completeUpload` about content */
async function inspectObject({ env, config }: UploadContext, { plan }: Upload) {
  const object = await callBucket(() => env.FILES.get(plan.key));
  if (!object) return reject("not_found", "No such file");
  const bytes = readBody(object.body, { broken: bucketUnavailable });
  const first = await bytes.peek(headBytes);
  const typed = await detectType(first, parseDeclaredType(plan.type ?? ""), config);
  const hash = createHash("sha256");
  for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
    typed.inspect(chunk);
    hash.update(chunk);
  }
  const sha256 = hash.digest("hex");
  if (plan.sha256 !== null && plan.sha256 !== sha256) throw hashMismatch();
  return { ...kindFields(typed.kind()), sha256 };
}
