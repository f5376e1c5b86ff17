import { and, asc, desc, eq, getTableColumns, gt, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { type Database, projectedHead, messages, messageVersions } from "../../db/index.ts";
import type { getChannelMessages, getMessageHistory, Message, MessagePage } from "../../protocol/index.ts";

type PageQuery = z.output<typeof getChannelMessages.query>;

/** The columns that `presentMessage` needs: the message, and the emoji with which this user reacted to it. */
export const messageColumnsFor = (userId: string) => ({
  ...getTableColumns(messages),
  mine: sql<
    string | null
  >`CASE WHEN ${messages.reactions} <> '[]' THEN (SELECT json_group_array(emoji) FROM reactions WHERE message_id = ${messages.id} AND user_id = ${userId}) END`.as(
    "mine",
  ),
});

/** Converts a row, which may have further columns, to a message of the contract. */
export function presentMessage(row: typeof messages.$inferSelect & { mine: string | null }): Message {
  const { id, channelId, seq, rev, authorId, content, threadId, version, files, mentions, thread, pinned } =
    row;
  const own = row.mine === null ? [] : (JSON.parse(row.mine) as string[]);
  const withOwn = (kind: Reaction): Reaction => (own.includes(kind.emoji) ? { ...kind, me: true } : kind);
  return {
    id,
    channelId,
    seq,
    rev,
    authorId,
    content,
    threadId,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    deletedAt: row.deletedAt === null ? null : isoTime(row.deletedAt),
    version,
    files,
    mentions,
    reactions: row.reactions.map(withOwn),
    thread,
    pinned,
    ...(row.inChannel && threadId !== null && { alsoInChannel: true as const }),
    ...row.extras,
  };
}

type Reaction = Message["reactions"][number];

interface PageHalf {
  where: SQL;
  count: number;
}

/** The two halves of a page, each ordered outwards from its reference `seq`. A half with count 0 only determines whether there are more. */
function pageHalves({ before, after, around, limit }: PageQuery): { older: PageHalf; newer: PageHalf } {
  const side = (where: SQL, count: number): PageHalf => ({ where, count });
  if (after !== undefined)
    return { older: side(lte(messages.seq, after), 0), newer: side(gt(messages.seq, after), limit) };
  if (around !== undefined) {
    const count = Math.floor(limit / 2);
    return {
      older: side(lt(messages.seq, around), count),
      newer: side(gte(messages.seq, around), limit - count),
    };
  }
  const end = before ?? Number.MAX_SAFE_INTEGER;
  return { older: side(lt(messages.seq, end), limit), newer: side(gte(messages.seq, end), 0) };
}

/**
 * Builds the statements that read a page of messages, for a batch, and the function that assembles the page from their rows.
 *
 * @param among the condition that selects the messages to page through
 */
export function messagePageQuery(db: Database, readerId: string, among: SQL, query: PageQuery) {
  const { older, newer } = pageHalves(query);
  const rows = ({ where, count }: PageHalf, order: SQL) =>
    db
      .select(messageColumnsFor(readerId))
      .from(messages)
      .where(and(among, where))
      .orderBy(order)
      .limit(count + 1);
  const statements = [rows(older, desc(messages.seq)), rows(newer, asc(messages.seq))] as const;
  type Rows = Awaited<(typeof statements)[0]>;
  const present = (olderRows: Rows, newerRows: Rows) => ({
    items: [...olderRows.slice(0, older.count).reverse(), ...newerRows.slice(0, newer.count)].map(
      presentMessage,
    ),
    hasMoreBefore: olderRows.length > older.count,
    hasMoreAfter: newerRows.length > newer.count,
  });
  return { statements, present };
}

/**
 * Reads a page of a channel's history and the `seq` of the projection, in one batch and thus one snapshot. Reads at most `limit + 2`
 * messages, at any position of the history.
 *
 * @returns undefined before the channel's first projection
 */
export async function pageOfMessages(
  db: Database,
  readerId: string,
  channelId: string,
  query: PageQuery,
): Promise<MessagePage | undefined> {
  const inHistory = and(eq(messages.channelId, channelId), eq(messages.inChannel, true)) as SQL;
  const { statements, present } = messagePageQuery(db, readerId, inHistory, query);
  const [[head], olderRows, newerRows] = await db.batch([projectedHead(db, channelId), ...statements]);
  return head && { ...present(olderRows, newerRows), ...head };
}

const messageAndHead = (db: Database, readerId: string, channelId: string, messageId: string) =>
  [
    projectedHead(db, channelId),
    db
      .select(messageColumnsFor(readerId))
      .from(messages)
      .where(and(eq(messages.id, messageId), eq(messages.channelId, channelId))),
  ] as const;

/** Reads one message with the `seq` of the projection. `message` is undefined if there is none, the result before the first projection. */
export async function findMessage(db: Database, readerId: string, channelId: string, messageId: string) {
  const [[head], [message]] = await db.batch([...messageAndHead(db, readerId, channelId, messageId)]);
  return head && { ...head, message };
}

const VersionNumber = z.int().min(1);

/**
 * Reads a page of a message's versions, oldest first and ending with the current one, in one snapshot. `exists`: whether the message exists.
 * Returns undefined before the channel's first projection.
 */
export async function pageOfVersions(
  db: Database,
  readerId: string,
  channelId: string,
  messageId: string,
  { limit, cursor }: z.output<typeof getMessageHistory.query>,
) {
  const after = cursor ? decodeCursor(cursor, VersionNumber) : 0;
  const [[head], [message], [oldest], earlier] = await db.batch([
    ...messageAndHead(db, readerId, channelId, messageId),
    db
      .select({ version: messageVersions.version })
      .from(messageVersions)
      .where(eq(messageVersions.messageId, messageId))
      .orderBy(asc(messageVersions.version))
      .limit(1),
    db
      .select()
      .from(messageVersions)
      .where(
        and(
          eq(
            messageVersions.messageId,
            // NULL for a message of another channel, so that its versions are not read.
            sql`(SELECT id FROM messages WHERE id = ${messageId} AND channel_id = ${channelId})`,
          ),
          gt(messageVersions.version, after),
        ),
      )
      .orderBy(asc(messageVersions.version))
      .limit(limit + 1),
  ]);
  if (!head) return undefined;
  const present =
    message && message.deletedAt === null && message.version > after
      ? [{ version: message.version, content: message.content, at: message.updatedAt }]
      : [];
  const page = toPage(
    [...earlier, ...present],
    limit,
    ({ version, content, at }) => ({ version, content, at: isoTime(at) }),
    ({ version }) => version,
  );
  const omitted = message?.deletedAt === null ? (oldest?.version ?? message.version) - 1 : 0;
  return { ...page, ...head, omitted, exists: message !== undefined };
}
