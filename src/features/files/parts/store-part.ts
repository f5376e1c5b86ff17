import { AppError, invalidField } from "../../../errors/app-error.ts";
import { partCount, sizeOfPart } from "../../../domain/files.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { requireUnencodedBody } from "../../../http/validate.ts";
import { chargeArrivedBytes, isMissingUpload } from "../file-queries.ts";
import { contentLength } from "../upload/file-upload-handler.ts";
import { readBody, uploadTimeouts } from "../upload/byte-source.ts";
import { pipeToBucket } from "../upload/store-bytes.ts";
import type { UploadContext } from "../upload/upload-file.ts";

/**
 * Streams one part to R2. A failed call leaves the part as it was before; a part can be sent again, also one that is stored.
 *
 * @throws `validation_failed` for a number that the upload does not have, or a wrong length; `quota_exceeded`; `not_found`;
 * `length_required`; `request_timeout`; `unavailable`
 */
export async function storePart(
  { env, config, userId }: UploadContext,
  { fileId, part }: { fileId: string; part: number },
  request: Request,
): Promise<void> {
  requireUnencodedBody(request);
  const length = contentLength(request);
  const hub = () => hubOf(env, userId);
  const { plan } = unwrap(await callObject(() => hub().openUploadWithSpace(fileId, part)));
  const count = partCount(plan);
  if (part > count) throw invalidPart("part", `Must be 1 to ${count}`);
  const sizeBytes = sizeOfPart(plan, part);
  if (length !== sizeBytes || !request.body)
    throw invalidPart("", `Part ${part} must have ${sizeBytes} bytes`);
  const upload = env.FILES.resumeMultipartUpload(plan.key, plan.r2UploadId);
  const bytes = readBody(request.body, { time: uploadTimeouts(config) });
  const store = (body: ReadableStream) => upload.uploadPart(part, body);
  try {
    const { etag } = await pipeToBucket(bytes, sizeBytes, store, {
      mapError: (error) => (isMissingUpload(error) ? uploadMissing() : undefined),
    });
    const charged = unwrap(await callObject(() => hub().recordPart(fileId, { part, etag })));
    await chargeArrivedBytes(env, fileId, charged, config.FILE_WORKSPACE_QUOTA_BYTES);
  } finally {
    await bytes.drain();
  }
}

const uploadMissing = (): AppError => new AppError({ code: "not_found", detail: "No such file" });

const invalidPart = (path: string, message: string): AppError =>
  invalidField(path, message, "This is not a part of the upload");
