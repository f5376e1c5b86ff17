import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { type Database, projectedHead, messages, pins } from "../../db/index.ts";
import { type getPins, Seq } from "../../protocol/index.ts";
import { messageColumnsFor, presentMessage } from "../messages/index.ts";

/** Reads a page of the pinned messages, most recently pinned first, in one snapshot. Undefined before the channel's first projection. */
export async function pageOfPins(
  db: Database,
  readerId: string,
  channelId: string,
  { limit, cursor }: z.output<typeof getPins.query>,
) {
  const before = cursor ? decodeCursor(cursor, Seq) : Number.MAX_SAFE_INTEGER;
  const [[head], rows] = await db.batch([
    projectedHead(db, channelId),
    db
      .select({
        ...messageColumnsFor(readerId),
        pinnedBy: pins.userId,
        pinnedAt: pins.at,
        // Needs an alias: in a batch D1 returns rows keyed by column name, and `messages` has a `seq` too.
        pinSeq: sql<number>`${pins.seq}`.as("pin_seq"),
      })
      .from(pins)
      .innerJoin(messages, eq(messages.id, pins.messageId))
      .where(and(eq(pins.channelId, channelId), lt(pins.seq, before)))
      .orderBy(desc(pins.seq))
      .limit(limit + 1),
  ]);
  const present = (row: (typeof rows)[number]) => ({
    ...presentMessage(row),
    pinnedBy: row.pinnedBy,
    pinnedAt: isoTime(row.pinnedAt),
  });
  return head && { ...toPage(rows, limit, present, ({ pinSeq }) => pinSeq), ...head };
}
