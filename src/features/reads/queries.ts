import { and, asc, eq, getTableColumns, gt, gte, or, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { channelMembers, channelReaders, channels, type Database, databaseNow } from "../../db/index.ts";
import { type getUnreads, limits, type NotificationLevel, type Unread } from "../../protocol/index.ts";
import { presentChannel } from "../channels/index.ts";

/** A member without a row (their read state is not projected yet) counts as having read everything. */
const lastReadSeq = sql<number>`coalesce(${channelReaders.lastReadSeq}, ${channels.projectedSeq})`;
const level = sql<NotificationLevel>`coalesce(${channelReaders.level}, iif(${channels.name} IS NULL, 'all', 'mentions'))`;
const counted = sql.raw(String(limits.unreadCounted));

/** The cursor of a page: the id of its last channel, and the `rev` of the first page. */
const UnreadsCursor = z.tuple([z.string(), z.int()]);

/** Changes in this time before `since` are returned again, in case D1's clock was set back. */
const overlapMs = 5_000;

/**
 * Reads a user's channels with their unread counts; it reads at most 99 unread messages of each channel. With `since`, only the channels
 * of which D1 has written the channel's row or the user's read state after that time.
 */
export async function findUnreads(
  db: Database,
  userId: string,
  { since, fields, limit, cursor }: z.output<typeof getUnreads.query>,
) {
  const [afterId, firstRev] = cursor ? decodeCursor(cursor, UnreadsCursor) : [];
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
    ({ channel: row, lastReadSeq: readSeq, level: notificationLevel, unread, mentions }): Unread => {
      const { seq, epoch, ...channel } = presentChannel(row);
      return {
        channelId: channel.id,
        lastReadSeq: readSeq,
        unread,
        mentions,
        level: notificationLevel,
        ...(fields === "all" && { channel }),
        seq,
        epoch,
      };
    },
    ({ channel }) => [channel.id, rev],
  );
  return { ...page, rev, total: count?.total ?? 0 };
}
