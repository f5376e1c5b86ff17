import { desc, sql } from "drizzle-orm";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { accountDatabase, customEmoji, fileUsage, userFileUsage } from "../../db/index.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { within } from "../../lib/parallel.ts";
import {
  type getUserStorage,
  limits,
  type StorageUsage,
  UserId,
  type UserStorage,
} from "../../protocol/index.ts";

/** The cursor of a page: the bytes and the id of its last user. */
const UsersCursor = z.tuple([z.int().min(0), UserId]);

/** How long a database may take to report its size, in ms; then the size is null. */
const sizeTimeoutMs = 2_000;

/** Reads how much storage the workspace uses: a row for files, one for each custom emoji, and up to `limits.adminCounted` unused objects. */
export async function readStorage(
  env: Env,
  { FILE_WORKSPACE_QUOTA_BYTES: quotaBytes }: Pick<Config, "FILE_WORKSPACE_QUOTA_BYTES">,
): Promise<StorageUsage> {
  const db = accountDatabase(env);
  const [main, search, [[files], [emoji], [unused]]] = await Promise.all([
    databaseSize("main", env.DB),
    databaseSize("search", env.SEARCH),
    db.batch([
      db
        .select({ count: fileUsage.files, sizeBytes: fileUsage.sizeBytes })
        .from(fileUsage)
        .where(sql`${fileUsage.one} = 1`),
      db
        .select({
          count: sql<number>`count(${customEmoji.key})`,
          sizeBytes: sql<number>`coalesce(sum(${customEmoji.sizeBytes}), 0)`,
        })
        .from(customEmoji),
      db
        .select({
          count: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM unused_objects LIMIT ${limits.adminCounted}))`,
        })
        .from(sql`(SELECT 1)`),
    ]),
  ]);
  return {
    files: { count: files?.count ?? 0, sizeBytes: files?.sizeBytes ?? 0, quotaBytes },
    emoji: emoji ?? { count: 0, sizeBytes: 0 },
    databases: [
      { name: "main", sizeBytes: main },
      { name: "search", sizeBytes: search },
    ],
    unusedObjects: unused?.count ?? 0,
  };
}

/** Returns the size of a database, which D1 reports with every result; null if it fails or does not answer in time. */
async function databaseSize(name: "main" | "search", database: D1Database): Promise<number | null> {
  try {
    const { meta } = await within(sizeTimeoutMs, database.prepare("SELECT 1").all());
    return meta.size_after;
  } catch (error) {
    logLine({ level: "warn", message: "storage.size_failed", database: name, error: describeError(error) });
    return null;
  }
}

/** Reads a page of the users with files, those with the most bytes first. */
export async function listUserStorage(
  env: Env,
  { limit, cursor }: z.output<typeof getUserStorage.query>,
): Promise<{ items: UserStorage[]; nextCursor: string | null }> {
  const { sizeBytes, userId } = userFileUsage;
  const [bytes, id] = cursor === undefined ? [] : decodeCursor(cursor, UsersCursor);
  const rows = await accountDatabase(env)
    .select()
    .from(userFileUsage)
    .where(bytes === undefined ? undefined : sql`(${sizeBytes}, ${userId}) < (${bytes}, ${id})`)
    .orderBy(desc(sizeBytes), desc(userId))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => row,
    (row) => [row.sizeBytes, row.userId],
  );
}
