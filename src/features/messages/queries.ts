import { and, asc, desc, eq, gt, gte, lt, lte, type SQL } from "drizzle-orm";
import type { z } from "zod";
import { isoTime } from "../../core/time.ts";
import { type Database, headOf, messages, messageVersions } from "../../db/index.ts";
import type { getChannelMessages, Message, MessagePage } from "../../protocol/index.ts";

type PageQuery = z.output<typeof getChannelMessages.query>;

export function presentMessage(row: typeof messages.$inferSelect): Message {
  const { createdAt, updatedAt, deletedAt, ...rest } = row;
  return {
    ...rest,
    threadId: null,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
    deletedAt: deletedAt === null ? null : isoTime(deletedAt),
    files: [],
    mentions: [],
    reactions: [],
    thread: null,
    pinned: false,
  };
}

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

/**
 * A page of the history and the `seq` at which it was taken, in one batch, hence of one moment. Undefined before the
 * channel's first projection. Reads at most `limit + 2` rows, wherever in the history.
 */
export async function pageOfMessages(
  db: Database,
  channelId: string,
  query: PageQuery,
): Promise<MessagePage | undefined> {
  const { older, newer } = sides(query);
  const inChannel = eq(messages.channelId, channelId);
  const [[head], olderRows, newerRows] = await db.batch([
    headOf(db, channelId),
    db
      .select()
      .from(messages)
      .where(and(inChannel, older.where))
      .orderBy(desc(messages.seq))
      .limit(older.count + 1),
    db
      .select()
      .from(messages)
      .where(and(inChannel, newer.where))
      .orderBy(asc(messages.seq))
      .limit(newer.count + 1),
  ]);
  return (
    head && {
      items: [...olderRows.slice(0, older.count).reverse(), ...newerRows.slice(0, newer.count)].map(
        presentMessage,
      ),
      ...head,
      hasMoreBefore: olderRows.length > older.count,
      hasMoreAfter: newerRows.length > newer.count,
    }
  );
}

/** One message with the `seq` at which it was read; its earlier versions too where they are asked for. */
export async function findMessage(db: Database, channelId: string, messageId: string) {
  const [[head], [message], versions] = await db.batch([
    headOf(db, channelId),
    db
      .select()
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
