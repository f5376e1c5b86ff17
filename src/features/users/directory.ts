import { and, asc, gt, gte, lt, not, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { foldKey } from "../../text/fold-key.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { type Database, users } from "../../db/index.ts";
import { presentUser, type UserRow } from "./present.ts";

/** Where a page ended: among those found by username, or among the rest, found by display name. */
const Place = z.union([
  z.object({ username: z.string() }),
  z.object({ displayName: z.string(), id: z.string() }),
]);
type Place = z.infer<typeof Place>;

/** Sorts behind every text that begins with the same prefix. */
const last = "\u{10FFFF}";

/**
 * People whose username begins with `query`, by username; then those whose display name does, by that. Each half is a range of
 * an index, read from where the last page ended, so that a page costs its own length however many people there are.
 */
export async function getDirectory(
  db: Database,
  { query, cursor, limit }: { query?: string | undefined; cursor?: string | undefined; limit: number },
) {
  const prefix = foldKey(query ?? "");
  const after = cursor === undefined ? undefined : decodeCursor(cursor, Place);
  const wanted = limit + 1;
  const found: { row: UserRow; place: Place }[] = [];
  if (!after || "username" in after) {
    const rows = await byUsername(db, prefix, after?.username, wanted);
    found.push(...rows.map((row) => ({ row, place: { username: row.usernameKey } })));
  }
  if (prefix && found.length < wanted) {
    const rows = await byDisplayName(
      db,
      prefix,
      after && "id" in after ? after : undefined,
      wanted - found.length,
    );
    found.push(...rows.map((row) => ({ row, place: { displayName: row.displayNameKey, id: row.id } })));
  }
  return toPage(
    found,
    limit,
    ({ row }) => presentUser(row),
    ({ place }) => place,
  );
}

/** The users with these ids, in their order, on one page; unknown ids are left out. One parameter, however many ids there are. */
export async function getUsersById(db: Database, ids: readonly string[]) {
  const isWanted = sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const rows = await db.select().from(users).where(isWanted);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const items = ids.flatMap((id) => byId.get(id) ?? []).map(presentUser);
  return { items, nextCursor: null };
}

const nameWithin = (prefix: string): SQL | undefined =>
  and(gte(users.usernameKey, prefix), lt(users.usernameKey, prefix + last));

export const byUsername = (db: Database, prefix: string, after: string | undefined, limit: number) =>
  db
    .select()
    .from(users)
    .where(and(nameWithin(prefix), after === undefined ? undefined : gt(users.usernameKey, after)))
    .orderBy(asc(users.usernameKey))
    .limit(limit);

/** Without those whose username begins so as well: they came before. */
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
