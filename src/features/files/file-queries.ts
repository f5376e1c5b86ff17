import { and, eq, getTableColumns, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { reject } from "../../errors/app-error.ts";
import { chargedBytes } from "../../domain/files.ts";
import { isoTime } from "../../lib/time.ts";
import { accountDatabase, databaseErrorText, files, fileUsage, writeBatch } from "../../db/index.ts";
import type { FileRef } from "../../protocol/index.ts";
import type { FileKind } from "./types/detect-type.ts";

type FileRow = typeof files.$inferSelect;

/** Computes what a size counts against the quota, as `chargedBytes` does, in SQL. */
const chargedSql = (sizeBytes: SQL | number): SQL => sql`max(${sizeBytes}, ${chargedBytes(0)})`;

/** The row of a file that is not complete. `sizeBytes` is what it is charged for: in an upload in parts, the bytes that have arrived. */
export type NewFile = Pick<FileRow, "id" | "uploaderId" | "key" | "name" | "sizeBytes" | "createdAt">;

/** The row of a file in one request, which is inserted when all of its bytes have arrived. */
export type CompleteFile = NewFile & Pick<FileRow, "type" | "sha256" | "width" | "height">;

/** Adds to a row what is known when the bytes have arrived. */
export const completeRow = (row: NewFile, file: FileRef): CompleteFile => ({ ...row, ...finalColumns(file) });

/** A file that is complete. */
export type StoredFile = Omit<FileRow, "channelId" | "claimedChannelId"> & { type: string; sha256: string };

/**
 * Inserts the row of a file before it exists in R2, and charges the workspace for it, in one transaction. The files of the
 * workspace therefore never take more than `quota` bytes, even with simultaneous uploads.
 *
 * @throws `quota_exceeded`; then nothing was inserted
 */
export async function insertFile(env: Env, row: NewFile | CompleteFile, quota: number): Promise<void> {
  const db = accountDatabase(env);
  await rejectPastQuota(
    writeBatch(db, [
      sql`UPDATE file_usage SET size_bytes = CASE WHEN size_bytes + ${chargedSql(row.sizeBytes)} <= ${quota} THEN size_bytes + ${chargedSql(row.sizeBytes)} END WHERE one = 1`,
      db.insert(files).values(row),
    ]),
  );
}

/**
 * Charges an upload in parts for the bytes that have arrived. Idempotent; a call with fewer bytes than before changes nothing.
 *
 * @throws `quota_exceeded`; then nothing was charged
 */
export async function chargeArrivedBytes(
  env: Env,
  fileId: string,
  sizeBytes: number,
  quota: number,
): Promise<void> {
  const before = sql`(SELECT size_bytes FROM files WHERE id = ${fileId} AND type IS NULL AND size_bytes < ${sizeBytes})`;
  const growth = sql`(${chargedSql(sizeBytes)} - ${chargedSql(before)})`;
  const db = accountDatabase(env);
  await rejectPastQuota(
    writeBatch(db, [
      sql`UPDATE file_usage SET size_bytes = CASE WHEN size_bytes + ${growth} <= ${quota} THEN size_bytes + ${growth} END
            WHERE one = 1 AND ${before} IS NOT NULL`,
      db
        .update(files)
        .set({ sizeBytes })
        .where(and(eq(files.id, fileId), isNull(files.type), lt(files.sizeBytes, sizeBytes))),
    ]),
  );
}

/**
 * Checks whether the workspace has space for a file now. Only `insertFile` decides, when the bytes have arrived; this spares the sender of a
 * large file the time to send it in vain.
 *
 * @throws `quota_exceeded`
 */
export async function requireWorkspaceSpace(env: Env, sizeBytes: number, quota: number): Promise<void> {
  const usage = await accountDatabase(env).select({ sizeBytes: fileUsage.sizeBytes }).from(fileUsage).get();
  if ((usage?.sizeBytes ?? 0) + chargedBytes(sizeBytes) > quota) rejectFullWorkspace();
}

const rejectFullWorkspace = (): never =>
  reject(
    "quota_exceeded",
    "The workspace's file quota is used up: delete files, or ask an admin to raise it",
  );

async function rejectPastQuota(written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: file_usage.size_bytes"))
      rejectFullWorkspace();
    throw error;
  }
}

/**
 * Completes a file: stores its final fields and charges its real size. Idempotent.
 *
 * @returns `false` if the row was deleted meanwhile
 */
export async function completeFile(env: Env, file: FileRef): Promise<boolean> {
  const { id, sizeBytes } = file;
  const db = accountDatabase(env);
  const [, changed] = await writeBatch(db, [
    sql`UPDATE file_usage SET size_bytes = size_bytes + ${chargedSql(sizeBytes)} - (SELECT ${chargedSql(sql`size_bytes`)} FROM files WHERE id = ${id})
          WHERE one = 1 AND EXISTS (SELECT 1 FROM files WHERE id = ${id} AND type IS NULL)`,
    db
      .update(files)
      .set({ sizeBytes, ...finalColumns(file) })
      .where(eq(files.id, id))
      .returning({ id: files.id }),
  ]);
  return changed !== undefined && changed.results.length > 0;
}

/** Records the channel of the message for which these files are claimed. The claim in their uploader's hub must exist. */
export async function recordClaim(env: Env, fileIds: readonly string[], channelId: string): Promise<void> {
  await accountDatabase(env)
    .update(files)
    .set({ claimedChannelId: channelId })
    .where(sql`${files.id} IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))`);
}

/** A complete file, with the channels that decide who may read it, and whether it is its uploader's avatar. */
export type FoundFile = StoredFile & Pick<FileRow, "channelId" | "claimedChannelId"> & { isAvatar: boolean };

/** Finds a complete file. Does not check whether the actor may read it. */
export async function findFile(env: Env, fileId: string): Promise<FoundFile | undefined> {
  const row = await accountDatabase(env)
    .select({
      ...getTableColumns(files),
      isAvatar: sql<number>`EXISTS (SELECT 1 FROM users WHERE users.id = files.uploader_id AND users.avatar_file_id = files.id)`,
    })
    .from(files)
    .where(and(eq(files.id, fileId), isNotNull(files.type)))
    .get();
  return row && ({ ...row, isAvatar: row.isAvatar === 1 } as FoundFile);
}

/** Returns a file as `findFile` does, just after it was completed. */
export const newlyFound = (file: FileRef, key: string, createdAt: number): FoundFile => ({
  ...file,
  ...finalColumns(file),
  key,
  createdAt,
  channelId: null,
  claimedChannelId: null,
  isAvatar: false,
});

/** Finds the row of a file, complete or not. */
export async function findFileRow(env: Env, fileId: string): Promise<NewFile | undefined> {
  return accountDatabase(env).select().from(files).where(eq(files.id, fileId)).get();
}

/** Deletes the row of a file and gives back what the workspace was charged for it. Idempotent. */
export async function deleteFileRow(env: Env, fileId: string): Promise<void> {
  await writeBatch(accountDatabase(env), [
    sql`UPDATE file_usage SET size_bytes = size_bytes - coalesce((SELECT ${chargedSql(sql`size_bytes`)} FROM files WHERE id = ${fileId}), 0) WHERE one = 1`,
    sql`DELETE FROM files WHERE id = ${fileId}`,
  ]);
}

/** Deletes the object from R2, and aborts the upload in parts if it is not complete. Idempotent. */
export async function deleteBytes(
  { FILES }: Env,
  { key, r2UploadId }: { key: string; r2UploadId?: string | undefined },
): Promise<void> {
  if (r2UploadId !== undefined)
    await FILES.resumeMultipartUpload(key, r2UploadId)
      .abort()
      .catch((error: unknown) => {
        if (!isMissingUpload(error)) throw error;
      });
  await FILES.delete(key);
}

/** Whether R2's error says that there is no such upload in parts: it was aborted, or completed. */
export const isMissingUpload = (error: unknown): boolean =>
  /10024|NoSuchUpload|does not exist/i.test(String(error));

/** Returns the fields of a `FileRef` that follow from the detected type. */
export const kindFields = ({ type, charset, size }: FileKind = { type: "application/octet-stream" }) => ({
  type,
  ...(charset !== undefined && { charset }),
  ...size,
});

const finalColumns = (file: FileRef) => {
  const { sha256, width = null, height = null } = file;
  return { type: storedType(file), sha256, width, height };
};

/** Joins a type and its charset, as D1 stores them and `Content-Type` has them. */
const storedType = ({ type, charset }: FileRef): string =>
  charset === undefined ? type : `${type}; charset=${charset}`;

/** Converts a row to the file of the contract. */
export function presentFile(row: StoredFile): FileRef {
  const { id, name, sizeBytes, sha256, width, height, uploaderId, createdAt } = row;
  const [type = "", charset] = row.type.split("; charset=");
  return {
    id,
    name,
    type,
    ...(charset !== undefined && { charset }),
    sizeBytes,
    sha256,
    ...(width !== null && height !== null && { width, height }),
    uploaderId,
    createdAt: isoTime(createdAt),
  };
}
