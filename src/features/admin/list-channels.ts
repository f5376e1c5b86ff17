import { and, asc, desc, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { accountDatabase, channelMembers, channels, type Database, isReadableBy } from "../../db/index.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { ChannelId, type getAdminChannels, limits, type ListedChannel } from "../../protocol/index.ts";
import { foldKey } from "../../text/fold-key.ts";

type Query = z.output<typeof getAdminChannels.query>;
type Scope = Query["scope"];
type Row = typeof channels.$inferSelect;

/** What the list has of a channel that the reader can read, besides its row. */
interface ChannelActivity {
  id: string;
  members: number;
  lastMessageAt: number | null;
}

/** The cursor of a page of the channels found by name. */
const NamesCursor = z.tuple([z.string(), ChannelId]);

/** Literally the conditions of the partial indexes: SQLite would not use an index with a bound parameter. */
const named = sql`${channels.type} in ('public', 'private')`;
const live = sql`${channels.archivedAt} is null`;
const archived = sql`${channels.archivedAt} is not null`;
const isPublic = sql`${channels.type} = 'public'`;
const isPrivate = sql`${channels.type} = 'private'`;

const conditionOf: Record<Scope, SQL | undefined> = {
  all: named,
  public: and(named, live, isPublic),
  private: and(named, live, isPrivate),
  archived,
};

/**
 * Reads a page of the channels with a name, newest first; with `query`, those that the user can read and whose name begins with it, sorted by
 * name. Channels that the user cannot read are never found or sorted by their names.
 */
export async function listChannels(env: Env, userId: string, query: Query) {
  const db = accountDatabase(env);
  const page =
    query.query === undefined
      ? await listByTime(db, userId, query)
      : await findByName(db, userId, { ...query, query: query.query });
  const activity = await readActivity(
    db,
    page.items.filter(({ isReadable }) => isReadable).map(({ row }) => row.id),
  );
  return { ...page, items: page.items.map((item) => presentListed(item, activity.get(item.row.id))) };
}

interface Listed {
  row: Row;
  isReadable: boolean;
}

async function listByTime(db: Database, userId: string, { scope, limit, cursor }: Query) {
  const before = cursor === undefined ? undefined : lt(channels.id, decodeCursor(cursor, ChannelId));
  const rows = await db
    .select({ row: channels, isReadable: sql<number>`${isReadableBy(userId)}` })
    .from(channels)
    .where(and(conditionOf[scope], before))
    .orderBy(desc(channels.id))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    ({ row, isReadable }): Listed => ({ row, isReadable: isReadable === 1 }),
    ({ row }) => row.id,
  );
}

/** Reads a page from each index that has readable channels of the scope, and merges them. A user is a member of 1,000 channels at most. */
async function findByName(
  db: Database,
  userId: string,
  { scope, query, limit, cursor }: Query & { query: string },
) {
  const [name, id] = cursor === undefined ? [] : decodeCursor(cursor, NamesCursor);
  const prefix = foldKey(query);
  const found = and(
    gte(channels.nameKey, prefix),
    lt(channels.nameKey, `${prefix}\u{10ffff}`),
    name === undefined ? undefined : gt(sql`(${channels.nameKey}, ${channels.id})`, sql`(${name}, ${id})`),
  );
  const read = (where: SQL | undefined) =>
    db
      .select({ row: channels })
      .from(channels)
      .where(and(where, found))
      .orderBy(asc(channels.nameKey), asc(channels.id))
      .limit(limit + 1);
  const ownPrivate = db
    .select({ row: channels })
    .from(channelMembers)
    .innerJoin(channels, eq(channels.id, channelMembers.channelId))
    .where(and(eq(channelMembers.userId, userId), isPrivate, ownState[scope], found))
    .orderBy(asc(channels.nameKey), asc(channels.id))
    .limit(limit + 1);
  const livePublic = read(and(isPublic, live));
  const archivedPublic = read(and(isPublic, archived));
  const parts = {
    all: () => db.batch([livePublic, archivedPublic, ownPrivate]),
    public: () => db.batch([livePublic]),
    private: () => db.batch([ownPrivate]),
    archived: () => db.batch([archivedPublic, ownPrivate]),
  };
  const rows = (await parts[scope]()).flat().toSorted((a, b) => byName(a.row, b.row));
  return toPage(
    rows.slice(0, limit + 1),
    limit,
    ({ row }): Listed => ({ row, isReadable: true }),
    ({ row }) => [row.nameKey, row.id],
  );
}

/** The condition of private channels that the user is in; the scope `public` does not read them. */
const ownState: Partial<Record<Scope, SQL>> = { private: live, archived };

/** Compares as SQLite does: by the bytes of UTF-8. */
const byName = (a: Row, b: Row): number =>
  compareBytes(a.nameKey ?? "", b.nameKey ?? "") || compareBytes(a.id, b.id);

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Reads what is not in the rows of channels: for each, at most `limits.adminCounted` members and one message. */
async function readActivity(
  db: Database,
  channelIds: readonly string[],
): Promise<Map<string, ChannelActivity>> {
  if (channelIds.length === 0) return new Map();
  const rows = await db.all<ChannelActivity>(sql`
    SELECT value AS id,
      (SELECT count(*) FROM (SELECT 1 FROM channel_members WHERE channel_id = value LIMIT ${limits.adminCounted})) AS members,
      (SELECT created_at FROM messages WHERE channel_id = value ORDER BY seq DESC LIMIT 1) AS lastMessageAt
    FROM json_each(${JSON.stringify(channelIds)})`);
  return new Map(rows.map((row) => [row.id, row]));
}

const presentListed = (
  { row, isReadable }: Listed,
  activity: ChannelActivity | undefined,
): ListedChannel => ({
  id: row.id,
  type: row.type === "public" ? "public" : "private",
  name: isReadable ? row.name : null,
  topic: isReadable ? row.topic : null,
  createdAt: isoTime(row.createdAt),
  archivedAt: row.archivedAt === null ? null : isoTime(row.archivedAt),
  memberCount: activity?.members ?? null,
  lastMessageAt: activity?.lastMessageAt ? isoTime(activity.lastMessageAt) : null,
});
