import { and, asc, gt, gte, lt, not, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { foldKey } from "../../text/fold-key.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { type Database, users } from "../../db/index.ts";
import { presentUser, type UserRow } from "./present.ts";

/** The cursor of a page: its last user, found either by username or, in the second half of the list, by display name. */
const DirectoryCursor = z.union([
  z.object({ username: z.string() }),
  z.object({ displayName: z.string(), id: z.string() }),
]);
type DirectoryCursor = z.infer<typeof DirectoryCursor>;

/** Appended to a prefix, it sorts after every text with that prefix. */
const last = "\u{10FFFF}";

/**
 * Reads a page of the users whose username starts with `query`, sorted by username, followed by those whose display name does, sorted by
 * display name. Each half is a range of an index, so that the cost of a page does not depend on the number of users.
 */
export async function getDirectory(
  db: Database,
  { query, cursor, limit }: { query?: string | undefined; cursor?: string | undefined; limit: number },
) {
  const prefix = foldKey(query ?? "");
  const after = cursor === undefined ? undefined : decodeCursor(cursor, DirectoryCursor);
  const rowLimit = limit + 1;
  const found: { row: UserRow; cursor: DirectoryCursor }[] = [];
  if (!after || "username" in after) {
    const rows = await byUsername(db, prefix, after?.username, rowLimit);
    found.push(...rows.map((row) => ({ row, cursor: { username: row.usernameKey } })));
  }
  if (prefix && found.length < rowLimit) {
    const rows = await byDisplayName(
      db,
      prefix,
      after && "id" in after ? after : undefined,
      rowLimit - found.length,
    );
    found.push(...rows.map((row) => ({ row, cursor: { displayName: row.displayNameKey, id: row.id } })));
  }
  return toPage(
    found,
    limit,
    ({ row }) => presentUser(row),
    (entry) => entry.cursor,
  );
}

/** Reads the users with these ids, in this order, on one page; unknown ids are omitted. The ids are a single bound parameter (D1 allows 100). */
export async function getUsersById(db: Database, ids: readonly string[]) {
  const isRequested = sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const rows = await db.select().from(users).where(isRequested);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const items = ids.flatMap((id) => byId.get(id) ?? []).map(presentUser);
  return { items, nextCursor: null };
}

const nameWithin = (prefix: string): SQL | undefined =>
  and(gte(users.usernameKey, prefix), lt(users.usernameKey, prefix + last));

/** Selects users by a prefix of their username, after the username `after`. */
export const byUsername = (db: Database, prefix: string, after: string | undefined, limit: number) =>
  db
    .select()
    .from(users)
    .where(and(nameWithin(prefix), after === undefined ? undefined : gt(users.usernameKey, after)))
    .orderBy(asc(users.usernameKey))
    .limit(limit);

/** Without users whose username has the prefix as well: the first half of the list has them. */
export const byDisplayName = (
  db: Database,
  prefix: string,
  after: { displayName: string; id: string } | undefined,
  limit: number,
) => {
  const within = nameWithin(prefix);
  const start = after
    ? sql`(${users.displayNameKey}, ${users.id}) > (${after.displayName}, ${after.id})`
    : gte(users.displayNameKey, prefix);
  return db
    .select()
    .from(users)
    .where(and(start, lt(users.displayNameKey, prefix + last), within && not(within)))
    .orderBy(asc(users.displayNameKey), asc(users.id))
    .limit(limit);
};
