import { and, asc, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { foldKey } from "../../text/fold-key.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { accountDatabase, channelMembers, channels, type Database } from "../../db/index.ts";
import type { Reader } from "../../domain/actor.ts";
import type { ChannelSnapshot, getChannels } from "../../protocol/index.ts";

type ListQuery = z.output<typeof getChannels.query>;
type Row = typeof channels.$inferSelect;

/** The cursor of a page: name key and id of its last channel. Names alone are not unique among archived and private channels. */
const ChannelsCursor = z.tuple([z.string(), z.string()]);

/** Converts a row to a channel of the contract, with the `seq` of its projection. */
export function presentChannel(row: Row): ChannelSnapshot {
  const { projectedSeq: seq, nameKey: _, changedAt: __, createdAt, archivedAt, memberIds, ...rest } = row;
  return {
    ...rest,
    ...(memberIds && { memberIds }),
    seq,
    createdAt: isoTime(createdAt),
    archivedAt: archivedAt === null ? null : isoTime(archivedAt),
  };
}

/** Reads a channel with the `seq` of its projection. Undefined before its first projection. */
export async function findChannel(db: Database, channelId: string): Promise<ChannelSnapshot | undefined> {
  const [row] = await db.select().from(channels).where(eq(channels.id, channelId));
  return row && presentChannel(row);
}

/**
 * Reads a page of the user's channels or of all public channels, sorted by name. `query` is a prefix of the name. Of the public channels,
 * guests see their own.
 *
 * @param only the channels to which the request's token is restricted; null: all
 */
export async function listChannels(
  env: Env,
  { userId, isGuest }: Reader,
  { scope, query, limit, cursor }: ListQuery,
  only: readonly string[] | null,
) {
  const db = accountDatabase(env);
  const [name, id] = cursor ? decodeCursor(cursor, ChannelsCursor) : [];
  // A public channel always has a name, so the indexed column can be used directly.
  const key = scope === "public" ? channels.nameKey : sortKey;
  const where: (SQL | undefined)[] = [
    only === null ? undefined : sql`${channels.id} IN (SELECT value FROM json_each(${JSON.stringify(only)}))`,
    name === undefined ? undefined : gt(sql`(${key}, ${channels.id})`, sql`(${name}, ${id})`),
    query === undefined
      ? undefined
      : and(gte(channels.nameKey, foldKey(query)), lt(channels.nameKey, `${foldKey(query)}\u{10ffff}`)),
  ];
  const rows =
    scope === "public" && !isGuest
      ? await db
          .select()
          .from(channels)
          .where(and(livePublic, ...where))
          .orderBy(asc(channels.nameKey), asc(channels.id))
          .limit(limit + 1)
      : (
          await db
            .select({ channel: channels })
            .from(channelMembers)
            .innerJoin(channels, eq(channels.id, channelMembers.channelId))
            .where(
              and(eq(channelMembers.userId, userId), scope === "public" ? livePublic : undefined, ...where),
            )
            .orderBy(key, asc(channels.id))
            .limit(limit + 1)
        ).map(({ channel }) => channel);
  return toPage(rows, limit, presentChannel, (row) => [row.nameKey ?? "", row.id]);
}

/** Literally the condition of the partial index: SQLite would not use the index with a bound parameter. */
const livePublic = sql`${channels.type} = 'public' and ${channels.archivedAt} is null`;

/** Channels without a name sort first. */
const sortKey = sql`coalesce(${channels.nameKey}, '')`;
