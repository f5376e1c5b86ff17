import { and, asc, eq, gt, gte, lt, not, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { foldKey } from "../../text/fold-key.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { channelMembers, type Database, users } from "../../db/index.ts";
import type { Reader } from "../../domain/actor.ts";
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
 * A condition for a user id: the reader may see this user. Guests see themselves and the members of their channels; all others see everyone.
 * Undefined without a restriction.
 */
export const isVisibleTo = ({ userId, isGuest }: Reader, id: SQL): SQL | undefined =>
  isGuest ? isKnownTo(userId, id) : undefined;

const isKnownTo = (guestId: string, id: SQL): SQL => sql`(${id} = ${guestId} OR ${id} IN (
    SELECT theirs.user_id FROM ${channelMembers} AS own CROSS JOIN ${channelMembers} AS theirs
    ON theirs.channel_id = own.channel_id WHERE own.user_id = ${guestId}))`;

/**
 * Returns those of the users that a guest may see, in this order: the guest, and the members of their channels. It does not read the accounts, so
 * that its duration does not reveal which of the other ids exist.
 */
export async function filterKnownTo(
  db: Database,
  guestId: string,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await db.all<{ id: string }>(
    sql`SELECT value AS id FROM json_each(${JSON.stringify(ids)}) WHERE ${isKnownTo(guestId, sql`value`)}`,
  );
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => known.has(id));
}

/**
 * Reads a user. Undefined if there is none, or the reader may not see them. For a hidden user and for one that does not exist the query does the same:
 * SQLite evaluates the condition, which depends on no row, before it looks up the user.
 */
export async function findVisibleUser(
  db: Database,
  reader: Reader,
  id: string,
): Promise<UserRow | undefined> {
  const [row] = await db
    .select()
    .from(users)
    .where(and(eq(users.id, id), isVisibleTo(reader, sql`${id}`)));
  return row;
}

/** A single bound parameter, since D1 allows 100 in a statement. */
const hasOneOf = (ids: readonly string[]): SQL =>
  sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/**
 * Reads a page of the users whose username starts with `query`, sorted by username, followed by those whose display name does, sorted by
 * display name. Each half is a range of an index, so that the cost of a page does not depend on the number of users.
 */
export async function getDirectory(
  db: Database,
  reader: Reader,
  { query, cursor, limit }: { query?: string | undefined; cursor?: string | undefined; limit: number },
) {
  const prefix = foldKey(query ?? "");
  const after = cursor === undefined ? undefined : decodeCursor(cursor, DirectoryCursor);
  const rowLimit = limit + 1;
  const found: { row: UserRow; cursor: DirectoryCursor }[] = [];
  if (!after || "username" in after) {
    const rows = await byUsername(db, prefix, after?.username, rowLimit, reader);
    found.push(...rows.map((row) => ({ row, cursor: { username: row.usernameKey } })));
  }
  if (prefix && found.length < rowLimit) {
    const rows = await byDisplayName(
      db,
      prefix,
      after && "id" in after ? after : undefined,
      rowLimit - found.length,
      reader,
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

/** Reads the users with these ids, in this order, on one page; unknown ids, and users that the reader may not see, are omitted. */
export async function getUsersById(db: Database, reader: Reader, ids: readonly string[]) {
  const visible = reader.isGuest ? await filterKnownTo(db, reader.userId, ids) : ids;
  const rows = await db.select().from(users).where(hasOneOf(visible));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const items = ids.flatMap((id) => byId.get(id) ?? []).map(presentUser);
  return { items, nextCursor: null };
}

const nameWithin = (prefix: string): SQL | undefined =>
  and(gte(users.usernameKey, prefix), lt(users.usernameKey, prefix + last));

/** Selects users by a prefix of their username, after the username `after`. */
export const byUsername = (
  db: Database,
  prefix: string,
  after: string | undefined,
  limit: number,
  reader: Reader,
) =>
  db
    .select()
    .from(users)
    .where(
      and(
        nameWithin(prefix),
        after === undefined ? undefined : gt(users.usernameKey, after),
        isVisibleTo(reader, sql`${users.id}`),
      ),
    )
    .orderBy(asc(users.usernameKey))
    .limit(limit);

/** Without users whose username has the prefix as well: the first half of the list has them. */
export const byDisplayName = (
  db: Database,
  prefix: string,
  after: { displayName: string; id: string } | undefined,
  limit: number,
  reader: Reader,
) => {
  const within = nameWithin(prefix);
  const start = after
    ? sql`(${users.displayNameKey}, ${users.id}) > (${after.displayName}, ${after.id})`
    : gte(users.displayNameKey, prefix);
  return db
    .select()
    .from(users)
    .where(
      and(
        start,
        lt(users.displayNameKey, prefix + last),
        within && not(within),
        isVisibleTo(reader, sql`${users.id}`),
      ),
    )
    .orderBy(asc(users.displayNameKey), asc(users.id))
    .limit(limit);
};
