import { and, eq, getTableColumns, sql } from "drizzle-orm";
import { channelMembers, channelReaders, channels, type Database } from "../../db/index.ts";
import { limits, type NotificationLevel, type Unread } from "../../protocol/index.ts";
import { presentChannel } from "../channels/index.ts";

/** A member whose own state is on its way here has read all. */
const lastReadSeq = sql<number>`coalesce(${channelReaders.lastReadSeq}, ${channels.projectedSeq})`;
const level = sql<NotificationLevel>`coalesce(${channelReaders.level}, iif(${channels.name} IS NULL, 'all', 'mentions'))`;
const counted = sql.raw(String(limits.unreadCounted));

/** All channels of a user with what is unread in each: one query, which reads up to 99 unread messages of others a channel. */
export async function findUnreads(db: Database, userId: string): Promise<Unread[]> {
  const rows = await db
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
    .where(eq(channelMembers.userId, userId));
  return rows.map(({ channel: row, lastReadSeq: read, level: wanted, unread, mentions }) => {
    const { seq, epoch, ...channel } = presentChannel(row);
    return {
      channelId: channel.id,
      lastReadSeq: read,
      unread,
      mentions,
      level: wanted,
      channel,
      seq,
      epoch,
    };
  });
}
