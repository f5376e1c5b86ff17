import { and, asc, eq, getTableColumns, gt, gte, or, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { channelMembers, channelReaders, channels, type Database, databaseNow } from "../../db/index.ts";
import { type getUnreads, limits, type NotificationLevel, type Unread } from "../../protocol/index.ts";
import { presentChannel } from "../channels/index.ts";

/** A member whose own state is on its way here has read all. */
const lastReadSeq = sql<number>`coalesce(${channelReaders.lastReadSeq}, ${channels.projectedSeq})`;
const level = sql<NotificationLevel>`coalesce(${channelReaders.level}, iif(${channels.name} IS NULL, 'all', 'mentions'))`;
const counted = sql.raw(String(limits.unreadCounted));

/** Where a page ended, and the `rev` of the first page. */
const Place = z.tuple([z.string(), z.int()]);

/** What is asked for again, should D1's clock have been set back. */
const overlapMs = 5_000;

/**
 * The channels of a user with what is unread in each: up to 99 unread messages of others are read of each channel. With `since` only
 * those whose channel or whose reader D1 wrote after that moment.
 */
export async function findUnreads(
  db: Database,
  userId: string,
  { since, fields, limit, cursor }: z.output<typeof getUnreads.query>,
) {
  const [afterId, firstRev] = cursor ? decodeCursor(cursor, Place) : [];
  const from = since === undefined ? undefined : Math.max(0, since - overlapMs);
  const isMine = eq(channelMembers.userId, userId);
  const [[moment], [count], rows] = await db.batch([
    db.select({ now: databaseNow.mapWith(Number) }).from(sql`(SELECT 1)`),
    db
      .select({ total: sql<number>`count(*)` })
      .from(channelMembers)
      .where(isMine),
    db
      .select({
        channel: getTableColumns(channels),
        lastReadSeq,
        level,
        unread: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM messages WHERE channel_id = ${channels.id} AND in_channel = 1
        AND seq > ${lastReadSeq} AND author_id <> ${userId} AND deleted_at IS NULL LIMIT ${counted}))`,
        mentions: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM mentions WHERE user_id = ${userId} AND channel_id = ${channels.id}
        AND seq > ${lastReadSeq} LIMIT ${counted}))`,
      })
      .from(channelMembers)
      .innerJoin(channels, eq(channels.id, channelMembers.channelId))
      .leftJoin(
        channelReaders,
        and(
          eq(channelReaders.channelId, channelMembers.channelId),
          eq(channelReaders.userId, channelMembers.userId),
        ),
      )
      .where(
        and(
          isMine,
          afterId === undefined ? undefined : gt(channelMembers.channelId, afterId),
          from === undefined
            ? undefined
            : or(gte(channels.changedAt, from), gte(channelReaders.changedAt, from)),
        ),
      )
      .orderBy(asc(channelMembers.channelId))
      .limit(limit === undefined ? -1 : limit + 1),
  ]);
  const rev = firstRev ?? moment?.now ?? 0;
  const page = toPage(
    rows,
    limit ?? rows.length,
    ({ channel: row, lastReadSeq: read, level: wanted, unread, mentions }): Unread => {
      const { seq, epoch, ...channel } = presentChannel(row);
      return {
        channelId: channel.id,
        lastReadSeq: read,
        unread,
        mentions,
        level: wanted,
        ...(fields === "all" && { channel }),
        seq,
        epoch,
      };
    },
    ({ channel }) => [channel.id, rev],
  );
  return { ...page, rev, total: count?.total ?? 0 };
}
