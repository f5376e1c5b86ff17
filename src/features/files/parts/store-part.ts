import { AppError, invalidField } from "../../../errors/app-error.ts";
import { partCount, sizeOfPart } from "../../../domain/files.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { refuseEncoded } from "../../../http/validate.ts";
import { chargeArrivedBytes, isMissingUpload } from "../file-queries.ts";
import { contentLength } from "../upload/file-upload-handler.ts";
import { readBody, uploadTimeouts } from "../upload/byte-source.ts";
import { pipeToBucket } from "../upload/store-bytes.ts";
import type { UploadContext } from "../upload/upload-file.ts";

/**
 * Stores one part as it comes. Whatever breaks off leaves the part as it was before, so that it can be sent again; so can one that is
 * there. Refuses a part that is none of the upload's, or has another length than it must, with `validation_failed`, and one for which
 * there is no room with `quota_exceeded`.
 */
export async function storePart(
  { env, config, userId }: UploadContext,
  { fileId, part }: { fileId: string; part: number },
  request: Request,
): Promise<void> {
  refuseEncoded(request);
  const length = contentLength(request);
  const hub = () => hubOf(env, userId);
  const { plan } = unwrap(await callObject(() => hub().openUploadWithSpace(fileId, part)));
  const count = partCount(plan);
  if (part > count) throw invalidPart("part", `Wants 1 to ${count}`);
  const sizeBytes = sizeOfPart(plan, part);
  if (length !== sizeBytes || !request.body) throw invalidPart("", `Part ${part} has ${sizeBytes} bytes`);
  const upload = env.FILES.resumeMultipartUpload(plan.key, plan.r2UploadId);
  const bytes = readBody(request.body, { time: uploadTimeouts(config) });
  const store = (body: ReadableStream) => upload.uploadPart(part, body);
  try {
    const { etag } = await pipeToBucket(bytes, sizeBytes, store, {
      known: (error) => (isMissingUpload(error) ? uploadMissing() : undefined),
    });
    const charged = unwrap(await callObject(() => hub().recordPart(fileId, { part, etag })));
    await chargeArrivedBytes(env, fileId, charged, config.FILE_WORKSPACE_QUOTA_BYTES);
  } finally {
    await bytes.drain();
  }
}

const uploadMissing = (): AppError => new AppError({ code: "not_found", detail: "No such file" });

const invalidPart = (path: string, message: string): AppError =>
  invalidField(path, message, "This is no part of the upload");
