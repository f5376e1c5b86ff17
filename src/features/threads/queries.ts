import { and, desc, eq, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor, toPage } from "../../domain/pagination.ts";
import { channelMembers, type Database, projectedHead, messages, threadFollowers } from "../../db/index.ts";
import {
  type getThreadMessages,
  type getThreads,
  limits,
  Seq,
  type ThreadPage,
} from "../../protocol/index.ts";
import { messagePageQuery, messageColumnsFor, presentMessage } from "../messages/index.ts";

/**
 * Reads a page of replies with their root message, in one snapshot. `root` is undefined if there is no such message.
 *
 * @returns undefined before the channel's first projection
 */
export async function pageOfThread(
  db: Database,
  readerId: string,
  channelId: string,
  messageId: string,
  { cursor, ...query }: z.output<typeof getThreadMessages.query>,
): Promise<(Omit<ThreadPage, "root"> & { root: ThreadPage["root"] | undefined }) | undefined> {
  const { before, around } = query;
  const fromStart = before === undefined && around === undefined && { after: query.after ?? 0 };
  const position = cursor ? { after: decodeCursor(cursor, Seq) } : fromStart;
  // The message itself, or the root of the thread if it is a reply. NULL for a message of another channel, so that nothing is read.
  const rootId = sql`(SELECT coalesce(target.thread_id, target.id) FROM messages AS target WHERE target.id = ${messageId} AND target.channel_id = ${channelId})`;
  // The unary plus keeps SQLite from using the index by channel, in which it would scan all messages of the channel.
  const replies = and(eq(messages.threadId, rootId), sql`+${messages.channelId} = ${channelId}`) as SQL;
  const { statements, present } = messagePageQuery(db, readerId, replies, { ...query, ...position });
  const [[head], [root], olderRows, newerRows] = await db.batch([
    projectedHead(db, channelId),
    db
      .select(messageColumnsFor(readerId))
      .from(messages)
      .where(and(eq(messages.id, rootId), eq(messages.channelId, channelId))),
    ...statements,
  ]);
  if (!head) return undefined;
  const page = present(olderRows, newerRows);
  const last = page.items.at(-1);
  return {
    ...page,
    ...head,
    root: root && presentMessage(root),
    nextCursor: page.hasMoreAfter && last ? encodeCursor(last.seq) : null,
  };
}

/** The cursor of a page: `hasUnread` (0 or 1), `lastReplyAt` and the root's id of its last thread. */
const ThreadCursor = z.tuple([z.number(), z.number(), z.string()]);

/** Reads a page of the threads that a user follows in channels of theirs: those with unread replies first, then by the last reply. */
export async function listThreads(
  db: Database,
  userId: string,
  { limit, cursor }: z.output<typeof getThreads.query>,
) {
  const last = cursor ? decodeCursor(cursor, ThreadCursor) : undefined;
  const { hasUnread, lastReplyAt, rootId, channelId, lastReadSeq } = threadFollowers;
  const rows = await db
    .select({
      ...messageColumnsFor(userId),
      lastReadSeq,
      hasUnread,
      lastReplyAt,
      unread: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM messages AS reply WHERE reply.thread_id = ${rootId}
        AND reply.seq > ${lastReadSeq} AND reply.author_id <> ${userId} AND reply.deleted_at IS NULL LIMIT ${sql.raw(String(limits.unreadCounted))}))`,
    })
    .from(threadFollowers)
    .innerJoin(
      channelMembers,
      and(eq(channelMembers.channelId, channelId), eq(channelMembers.userId, threadFollowers.userId)),
    )
    .innerJoin(messages, eq(messages.id, rootId))
    .where(
      and(
        eq(threadFollowers.userId, userId),
        sql`following = 1`,
        // A thread without a root and replies is not listed.
        or(isNull(messages.deletedAt), isNotNull(messages.thread)),
        last && lt(sql`(${hasUnread}, ${lastReplyAt}, ${rootId})`, sql`(${last[0]}, ${last[1]}, ${last[2]})`),
      ),
    )
    .orderBy(desc(hasUnread), desc(lastReplyAt), desc(rootId))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => ({ message: presentMessage(row), lastReadSeq: row.lastReadSeq, unread: row.unread }),
    (row) => [row.hasUnread ? 1 : 0, row.lastReplyAt, row.id],
  );
}
