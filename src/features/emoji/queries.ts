import { asc, gt, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { accountDatabase, customEmoji, type Database, unusedObjects, writeBatch } from "../../db/index.ts";
import type { Reader } from "../../domain/actor.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { type CustomEmoji, EmojiName } from "../../protocol/index.ts";

export type EmojiRow = typeof customEmoji.$inferSelect;

/** The columns of an emoji with its own image. */
export type ImageColumns = {
  [K in "key" | "type" | "sha256" | "sizeBytes" | "width" | "height"]: NonNullable<EmojiRow[K]>;
};

/** An emoji with the image that it shows. */
export interface EmojiWithImage extends ImageColumns {
  name: string;
  aliasOf: string | null;
  createdBy: string;
  createdAt: number;
}

const original = alias(customEmoji, "original");

/** Selects emoji with their images: those of an alias are the original's. */
const selectWithImages = (db: Database) =>
  db
    .select({
      name: customEmoji.name,
      aliasOf: customEmoji.aliasOf,
      createdBy: customEmoji.createdBy,
      createdAt: customEmoji.createdAt,
      key: original.key,
      type: original.type,
      sha256: original.sha256,
      sizeBytes: original.sizeBytes,
      width: original.width,
      height: original.height,
    })
    .from(customEmoji)
    .innerJoin(original, sql`${original.name} = coalesce(${customEmoji.aliasOf}, ${customEmoji.name})`);

/** Reads an emoji by its name. Undefined if there is none. */
export async function findEmoji(env: Env, name: string): Promise<EmojiWithImage | undefined> {
  const row = await selectWithImages(accountDatabase(env))
    .where(sql`${customEmoji.name} = ${name}`)
    .get();
  return row as EmojiWithImage | undefined;
}

/** Reads the row of an emoji, without the image of its original. */
export async function findEmojiRow(env: Env, name: string): Promise<EmojiRow | undefined> {
  return accountDatabase(env)
    .select()
    .from(customEmoji)
    .where(sql`${customEmoji.name} = ${name}`)
    .get();
}

/** Reads a page of emoji by name. */
export async function listEmoji(
  env: Env,
  { isGuest }: Reader,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const after = cursor === undefined ? undefined : gt(customEmoji.name, decodeCursor(cursor, EmojiName));
  const rows = await selectWithImages(accountDatabase(env))
    .where(after)
    .orderBy(asc(customEmoji.name))
    .limit(limit + 1);
  return toPage(
    rows as EmojiWithImage[],
    limit,
    (row) => presentEmoji(row, { isGuest }),
    ({ name }) => name,
  );
}

/** Converts a row to the emoji of the contract. Guests do not learn of users outside their channels. */
export const presentEmoji = (row: EmojiWithImage, { isGuest = false } = {}): CustomEmoji => ({
  name: row.name,
  aliasOf: row.aliasOf,
  imageUrl: `/v1/emoji/${encodeURIComponent(row.name)}/image`,
  type: row.type,
  sizeBytes: row.sizeBytes,
  width: row.width,
  height: row.height,
  createdBy: isGuest ? null : row.createdBy,
  createdAt: isoTime(row.createdAt),
});

interface NewEmoji {
  name: string;
  createdBy: string;
  createdAt: number;
}

/**
 * Inserts an emoji with its own image, unless the workspace has `limit` emoji, and keeps the image, in one transaction.
 *
 * @returns whether it was inserted
 * @throws a unique violation if the name is taken
 */
export async function insertImageEmoji(
  env: Env,
  { name, createdBy, createdAt }: NewEmoji,
  image: ImageColumns & { fileId: string },
  limit: number,
): Promise<boolean> {
  const db = accountDatabase(env);
  const { key, type, sha256, sizeBytes, width, height, fileId } = image;
  const [inserted] = await writeBatch(db, [
    sql`INSERT INTO custom_emoji (name, created_by, created_at, file_id, "key", type, sha256, size_bytes, width, height)
      SELECT ${name}, ${createdBy}, ${createdAt}, ${fileId}, ${key}, ${type}, ${sha256}, ${sizeBytes}, ${width}, ${height}
      WHERE ${hasSpace(limit)}`,
    sql`DELETE FROM unused_objects WHERE "key" = ${key}
      AND EXISTS (SELECT 1 FROM custom_emoji WHERE name = ${name} AND custom_emoji."key" = ${key})`,
  ]);
  return (inserted?.meta.changes ?? 0) > 0;
}

/**
 * Inserts another name of an emoji, unless the workspace has `limit` emoji or there is no such emoji with its own image.
 *
 * @returns whether it was inserted
 * @throws a unique violation if the name is taken
 */
export async function insertAlias(
  env: Env,
  { name, createdBy, createdAt }: NewEmoji,
  aliasOf: string,
  limit: number,
): Promise<boolean> {
  const { meta } = await accountDatabase(env).run(
    sql`INSERT INTO custom_emoji (name, created_by, created_at, alias_of)
      SELECT ${name}, ${createdBy}, ${createdAt}, ${aliasOf}
      WHERE ${hasSpace(limit)} AND EXISTS (SELECT 1 FROM custom_emoji WHERE name = ${aliasOf} AND alias_of IS NULL)`,
  );
  return meta.changes > 0;
}

const hasSpace = (limit: number): SQL => sql`(SELECT count(*) FROM custom_emoji) < ${limit}`;

/**
 * Deletes an emoji and its aliases, and records that its image is unused, in one transaction.
 *
 * @returns the key of the image; undefined if it has none
 */
export async function deleteEmojiRows(env: Env, row: EmojiRow, nowMs: number): Promise<string | undefined> {
  const db = accountDatabase(env);
  const { name, key } = row;
  await writeBatch(db, [
    sql`INSERT INTO unused_objects ("key", delete_at)
      SELECT "key", ${nowMs} FROM custom_emoji WHERE name = ${name} AND "key" IS ${key} AND "key" IS NOT NULL
      ON CONFLICT DO NOTHING`,
    sql`DELETE FROM custom_emoji WHERE alias_of = ${name}
      AND EXISTS (SELECT 1 FROM custom_emoji WHERE name = ${name} AND "key" IS ${key})`,
    // Not an emoji that was created with the same name meanwhile.
    sql`DELETE FROM custom_emoji WHERE name = ${name} AND "key" IS ${key} AND created_at = ${row.createdAt}`,
  ]);
  return key ?? undefined;
}

/** Records that an object is about to be stored, and is to be deleted at a time unless a row refers to it by then. */
export async function announceObject(env: Env, key: string, deleteAt: number): Promise<void> {
  await accountDatabase(env).insert(unusedObjects).values({ key, deleteAt });
}
