import { and, eq } from "drizzle-orm";
import { accountDatabase, files } from "../../db/index.ts";
import { notFound } from "../../errors/app-error.ts";
import { newId, randomToken } from "../../lib/ids.ts";
import type { FileRef } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { bucketUnavailable, callBucket } from "./call-bucket.ts";
import { presentFile, type StoredFile } from "./file-queries.ts";
import { readBody } from "./upload/byte-source.ts";
import { uploadFile, type UploadContext } from "./upload/upload-file.ts";

/** Copies of the same bytes that a user can have: the present one, and former ones that are being deleted. */
const maxCopies = 10;

/**
 * Copies a picture to the files of another user by the steps of an upload, so that the copy does not depend on its source. Repeated, it
 * returns the copy that the user has.
 *
 * @param context `userId`: the owner of the copy, whose hub must exist
 * @param name the name of the copy
 * @throws `quota_exceeded`; `not_found` if the source was deleted meanwhile; `unavailable`
 */
export async function copyPicture(
  context: UploadContext,
  source: StoredFile,
  name: string,
): Promise<{ file: FileRef; isNew: boolean }> {
  const copy = await findCopy(context, source);
  if (copy) return { file: copy, isNew: false };
  const { sizeBytes, sha256, width, height } = source;
  const { type } = presentFile(source);
  const object = (await callBucket(() => context.env.FILES.get(source.key))) ?? notFound("file");
  const size = width !== null && height !== null ? { width, height } : undefined;
  const file = await uploadFile(
    context,
    {
      fileId: newId("fil"),
      key: randomToken(24),
      createdAt: Date.now(),
      reserved: undefined,
      hasBegun: false,
    },
    {
      bytes: readBody(object.body, { broken: bucketUnavailable }),
      maxBytes: sizeBytes,
      expectedBytes: sizeBytes,
      inForm: false,
      name,
      declaredType: { type, charset: undefined },
      sha256,
      // The type was detected when the source was uploaded.
      typed: { inspect: () => {}, kind: () => ({ type, size }) },
    },
  );
  return { file, isNew: true };
}

/** Returns a complete file of the user with the same bytes that no message carries. */
async function findCopy(
  { env, userId }: UploadContext,
  { sha256, type }: StoredFile,
): Promise<FileRef | undefined> {
  const rows = await accountDatabase(env)
    .select()
    .from(files)
    .where(and(eq(files.uploaderId, userId), eq(files.sha256, sha256), eq(files.type, type)))
    .limit(maxCopies);
  for (const row of rows) {
    const visibility = await callObject(() => hubOf(env, userId).fileVisibility(row.id));
    if (visibility && visibility.kind !== "message") return presentFile(row as StoredFile);
  }
  return undefined;
}
