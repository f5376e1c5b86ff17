import { and, asc, eq, gt } from "drizzle-orm";
import type { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { type Database, projectedHead, messages, reactions } from "../../db/index.ts";
import { type getReactions, Seq } from "../../protocol/index.ts";

/**
 * Reads a page of the reactions to a message in order, in one snapshot. `exists`: whether the message exists.
 *
 * @returns undefined before the channel's first projection
 */
export async function pageOfReactions(
  db: Database,
  channelId: string,
  messageId: string,
  { limit, cursor }: z.output<typeof getReactions.query>,
) {
  const after = cursor ? decodeCursor(cursor, Seq) : 0;
  const [[head], [message], rows] = await db.batch([
    projectedHead(db, channelId),
    db
      .select({ id: messages.id })
      .from(messages)
      .where(and(eq(messages.id, messageId), eq(messages.channelId, channelId))),
    db
      .select()
      .from(reactions)
      .where(
        and(eq(reactions.messageId, messageId), eq(reactions.channelId, channelId), gt(reactions.seq, after)),
      )
      .orderBy(asc(reactions.seq))
      .limit(limit + 1),
  ]);
  if (!head) return undefined;
  const present = ({ emoji, userId, at }: (typeof rows)[number]) => ({
    emoji,
    userId,
    reactedAt: isoTime(at),
  });
  return { ...toPage(rows, limit, present, ({ seq }) => seq), ...head, exists: message !== undefined };
}
