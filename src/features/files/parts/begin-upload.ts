import { reject } from "../../../errors/app-error.ts";
import { partCount } from "../../../domain/files.ts";
import { newId, randomToken } from "../../../lib/ids.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { isoTime } from "../../../lib/time.ts";
import type { FileUpload } from "../../../protocol/index.ts";
import { callBucket } from "../call-bucket.ts";
import { insertFile } from "../file-queries.ts";
import { abandonUpload, type UploadContext } from "../upload/upload-file.ts";

/** The file that a client is about to send in parts, as the client describes it. */
export interface UploadRequest {
  name: string;
  sizeBytes: number;
  type?: string | undefined;
  sha256?: string | undefined;
}

/**
 * Begins an upload in parts. It is charged for its parts as they arrive.
 *
 * @throws `payload_too_large`, `quota_exceeded` or `conflict` (too many open uploads); then nothing was begun.
 */
export async function beginUpload(context: UploadContext, request: UploadRequest): Promise<FileUpload> {
  const { env, config, userId } = context;
  const { name, sizeBytes, type = null, sha256 = null } = request;
  const { FILE_MAX_BYTES, FILE_PART_BYTES: partSizeBytes, FILE_WORKSPACE_QUOTA_BYTES } = config;
  if (sizeBytes > FILE_MAX_BYTES) reject("payload_too_large", `A file has at most ${FILE_MAX_BYTES} bytes`);
  const id = newId("fil");
  const key = randomToken(24);
  const upload = await callBucket(() => env.FILES.createMultipartUpload(key));
  try {
    const parts = { name, type, sha256, r2UploadId: upload.uploadId, partSizeBytes };
    unwrap(await callObject(() => hubOf(env, userId).reserveFile({ fileId: id, key, sizeBytes, parts })));
    const row = { id, uploaderId: userId, key, name, sizeBytes: 0, createdAt: Date.now() };
    await insertFile(env, row, FILE_WORKSPACE_QUOTA_BYTES);
    return await findUpload(context, id);
  } catch (error) {
    await abandonUpload(context, id);
    // Also aborts an upload that the hub did not store.
    await upload.abort().catch(() => {});
    throw error;
  }
}

/**
 * Returns the state of an upload in parts.
 *
 * @throws `not_found` if it is another user's, complete, or removed
 */
export async function findUpload({ env, userId }: UploadContext, fileId: string): Promise<FileUpload> {
  const { plan, received } = await requireUpload(env, userId, fileId);
  return {
    id: fileId,
    name: plan.name,
    sizeBytes: plan.sizeBytes,
    partSizeBytes: plan.partSizeBytes,
    partCount: partCount(plan),
    received: received.map(({ part }) => part),
    expiresAt: isoTime(plan.expiresAt),
  };
}

/** An upload in parts, as its uploader's hub stores it. */
export type Upload = Awaited<ReturnType<typeof requireUpload>>;

/** Reads an upload in parts from its uploader's hub. @throws `not_found`, as `findUpload` does */
export const requireUpload = async (env: Env, userId: string, fileId: string) =>
  unwrap(await callObject(() => hubOf(env, userId).openUpload(fileId)));
