import { AppError, invalidField } from "../../../errors/app-error.ts";
import { partCount, sizeOfPart } from "../../../domain/files.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { refuseEncoded } from "../../../http/validate.ts";
import { growFile, isNoUpload } from "../file-queries.ts";
import { lengthOf } from "../upload/file-upload-handler.ts";
import { bytesOfBody, uploadTime } from "../upload/byte-source.ts";
import { passOn } from "../upload/store-bytes.ts";
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
  const length = lengthOf(request);
  const hub = () => hubOf(env, userId);
  const { plan } = unwrap(await callObject(() => hub().uploadWithRoom(fileId, part)));
  const count = partCount(plan);
  if (part > count) throw wrong("part", `Wants 1 to ${count}`);
  const sizeBytes = sizeOfPart(plan, part);
  if (length !== sizeBytes || !request.body) throw wrong("", `Part ${part} has ${sizeBytes} bytes`);
  const upload = env.FILES.resumeMultipartUpload(plan.key, plan.r2UploadId);
  const bytes = bytesOfBody(request.body, { time: uploadTime(config) });
  const store = (body: ReadableStream) => upload.uploadPart(part, body);
  try {
    const { etag } = await passOn(bytes, sizeBytes, store, {
      known: (error) => (isNoUpload(error) ? gone() : undefined),
    });
    const charged = unwrap(await callObject(() => hub().notePart(fileId, { part, etag })));
    await growFile(env, fileId, charged, config.FILE_WORKSPACE_QUOTA_BYTES);
  } finally {
    await bytes.drain();
  }
}

const gone = (): AppError => new AppError({ code: "not_found", detail: "No such file" });

const wrong = (path: string, message: string): AppError =>
  invalidField(path, message, "This is no part of the upload");
