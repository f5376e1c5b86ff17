import { and, asc, desc, eq, getTableColumns, gt, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { isoTime } from "../../core/time.ts";
import { type Database, headOf, messages, messageVersions } from "../../db/index.ts";
import type { getChannelMessages, Message, MessagePage } from "../../protocol/index.ts";

type PageQuery = z.output<typeof getChannelMessages.query>;

/** What to select for `presentMessage`: a message, and with what this reader reacts to it. */
export const messagesSeenBy = (userId: string) => ({
  ...getTableColumns(messages),
  mine: sql<
    string | null
  >`CASE WHEN ${messages.reactions} <> '[]' THEN (SELECT json_group_array(emoji) FROM reactions WHERE message_id = ${messages.id} AND user_id = ${userId}) END`.as(
    "mine",
  ),
});

/** The message as the contract has it, of a row that may have more. */
export function presentMessage(row: typeof messages.$inferSelect & { mine: string | null }): Message {
  const { id, channelId, seq, rev, authorId, content, threadId, version, mentions, thread, pinned } = row;
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
    files: [],
    mentions,
    reactions: row.reactions.map(withOwn),
    thread,
    pinned,
    ...(row.inChannel && threadId !== null && { alsoInChannel: true as const }),
  };
}

type Reaction = Message["reactions"][number];

interface Side {
  where: SQL;
  count: number;
}

/** The two directions of a page, outwards from the place; a side of which nothing is wanted is only asked whether there is more. */
function sides({ before, after, around, limit }: PageQuery): { older: Side; newer: Side } {
  const side = (where: SQL, count: number): Side => ({ where, count });
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

/** The statements of a page of those messages that are `among`, and what makes the page of their rows. */
export function messagePage(db: Database, readerId: string, among: SQL, query: PageQuery) {
  const { older, newer } = sides(query);
  const rows = ({ where, count }: Side, order: SQL) =>
    db
      .select(messagesSeenBy(readerId))
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
 * A page of the history and the `seq` at which it was taken, in one batch, hence of one moment. Undefined before the
 * channel's first projection. Reads at most `limit + 2` messages, wherever in the history.
 */
export async function pageOfMessages(
  db: Database,
  readerId: string,
  channelId: string,
  query: PageQuery,
): Promise<MessagePage | undefined> {
  // As the index has it: a parameter in the place of the 1 would keep SQLite from using that.
  const inHistory = and(eq(messages.channelId, channelId), sql`in_channel = 1`) as SQL;
  const { statements, present } = messagePage(db, readerId, inHistory, query);
  const [[head], olderRows, newerRows] = await db.batch([headOf(db, channelId), ...statements]);
  return head && { ...present(olderRows, newerRows), ...head };
}

/** One message with the `seq` at which it was read; its earlier versions too where they are asked for. */
export async function findMessage(db: Database, readerId: string, channelId: string, messageId: string) {
  const [[head], [message], versions] = await db.batch([
    headOf(db, channelId),
    db
      .select(messagesSeenBy(readerId))
      .from(messages)
      .where(and(eq(messages.id, messageId), eq(messages.channelId, channelId))),
    db
      .select()
      .from(messageVersions)
      .where(eq(messageVersions.messageId, messageId))
      .orderBy(asc(messageVersions.version)),
  ]);
  return head && { ...head, message, versions };
}
