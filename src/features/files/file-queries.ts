import { and, eq, getTableColumns, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { reject } from "../../errors/app-error.ts";
import { chargedBytes } from "../../domain/files.ts";
import { isoTime } from "../../lib/time.ts";
import { accounts, databaseErrorText, files, writeBatch } from "../../db/index.ts";
import type { FileRef } from "../../protocol/index.ts";
import type { FileKind } from "./types/detect-type.ts";

type FileRow = typeof files.$inferSelect;

/** What a column, or a value, counts against the quota: as `chargedBytes`. */
const chargedSql = (sizeBytes: SQL | number): SQL => sql`max(${sizeBytes}, ${chargedBytes(0)})`;

/**
 * A file before its first byte. `sizeBytes`: of a file that comes in one request, the most that it can have; of an upload in parts, what
 * has arrived.
 */
export type NewFile = Pick<FileRow, "id" | "uploaderId" | "key" | "name" | "sizeBytes" | "createdAt">;

/** A file that is complete. */
export type StoredFile = Omit<FileRow, "channelId" | "claimedChannelId"> & { type: string; sha256: string };

/**
 * Enters a file that is about to come. Refuses `quota_exceeded`, and then nothing was entered: the files of the workspace take at
 * most `quota` bytes, however many come at once.
 */
export async function insertFile(env: Env, row: NewFile, quota: number): Promise<void> {
  const db = accounts(env);
  await rejectPastQuota(
    writeBatch(db, [
      sql`UPDATE file_usage SET size_bytes = CASE WHEN size_bytes + ${chargedSql(row.sizeBytes)} <= ${quota} THEN size_bytes + ${chargedSql(row.sizeBytes)} END WHERE one = 1`,
      db.insert(files).values(row),
    ]),
  );
}

/**
 * Charges an upload in parts for what has arrived of it; done again, or later with less, it changes nothing. Refuses `quota_exceeded`
 * as `enterFile`.
 */
export async function chargeArrivedBytes(
  env: Env,
  fileId: string,
  sizeBytes: number,
  quota: number,
): Promise<void> {
  const before = sql`(SELECT size_bytes FROM files WHERE id = ${fileId} AND type IS NULL AND size_bytes < ${sizeBytes})`;
  const growth = sql`(${chargedSql(sizeBytes)} - ${chargedSql(before)})`;
  const db = accounts(env);
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

async function rejectPastQuota(written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: file_usage.size_bytes"))
      reject("quota_exceeded", "The files of the workspace take all the space that there is");
    throw error;
  }
}

/** Makes it a complete file, charged for what it takes; done again, it changes nothing. False: it was removed meanwhile. */
export async function completeFile(env: Env, file: FileRef): Promise<boolean> {
  const { id, sha256, sizeBytes, width = null, height = null } = file;
  const type = storedType(file);
  const db = accounts(env);
  const [, changed] = await writeBatch(db, [
    sql`UPDATE file_usage SET size_bytes = size_bytes + ${chargedSql(sizeBytes)} - (SELECT ${chargedSql(sql`size_bytes`)} FROM files WHERE id = ${id})
          WHERE one = 1 AND EXISTS (SELECT 1 FROM files WHERE id = ${id} AND type IS NULL)`,
    db
      .update(files)
      .set({ type, sha256, sizeBytes, width, height })
      .where(eq(files.id, id))
      .returning({ id: files.id }),
  ]);
  return changed !== undefined && changed.results.length > 0;
}

/** Enters the channel whose message is about to carry these files. They must be claimed for it in their uploader's hub. */
export async function recordClaim(env: Env, fileIds: readonly string[], channelId: string): Promise<void> {
  await accounts(env)
    .update(files)
    .set({ claimedChannelId: channelId })
    .where(sql`${files.id} IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))`);
}

/** A complete file, where a request for it has to be admitted, and whether its uploader has it as their avatar. */
export type FoundFile = StoredFile & Pick<FileRow, "channelId" | "claimedChannelId"> & { isAvatar: boolean };

/** A file that is complete, whoever asks. */
export async function findFile(env: Env, fileId: string): Promise<FoundFile | undefined> {
  const row = await accounts(env)
    .select({
      ...getTableColumns(files),
      isAvatar: sql<number>`EXISTS (SELECT 1 FROM users WHERE users.id = files.uploader_id AND users.avatar_file_id = files.id)`,
    })
    .from(files)
    .where(and(eq(files.id, fileId), isNotNull(files.type)))
    .get();
  return row && ({ ...row, isAvatar: row.isAvatar === 1 } as FoundFile);
}

/** A file, or what was entered of it. */
export async function findFileRow(env: Env, fileId: string): Promise<NewFile | undefined> {
  return accounts(env).select().from(files).where(eq(files.id, fileId)).get();
}

/** Takes a file out of the table, and what it was charged out of the sum: once, however often it is asked. */
export async function deleteFileRow(env: Env, fileId: string): Promise<void> {
  await writeBatch(accounts(env), [
    sql`UPDATE file_usage SET size_bytes = size_bytes - coalesce((SELECT ${chargedSql(sql`size_bytes`)} FROM files WHERE id = ${fileId}), 0) WHERE one = 1`,
    sql`DELETE FROM files WHERE id = ${fileId}`,
  ]);
}

/** Takes the bytes out of R2, and the parts of an upload that did not become a file; where there are none, nothing happens. */
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

/** R2 knows no such upload: it was aborted, or became an object. */
export const isMissingUpload = (error: unknown): boolean =>
  /10024|NoSuchUpload|does not exist/i.test(String(error));

/** What a file is, as the contract has it. */
export const kindFields = ({ type, charset, size }: FileKind = { type: "application/octet-stream" }) => ({
  type,
  ...(charset !== undefined && { charset }),
  ...size,
});

/** In the database a type stands with its encoding, as it is served. */
const storedType = ({ type, charset }: FileRef): string =>
  charset === undefined ? type : `${type}; charset=${charset}`;

/** The file as the contract has it. */
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
