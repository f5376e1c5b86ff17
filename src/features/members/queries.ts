import { and, asc, eq, gt, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { channelMembers, type Database, projectedHead } from "../../db/index.ts";
import type { getMembers } from "../../protocol/index.ts";

/** The cursor of a page: `joinedAt` and id of its last member. */
const MembersCursor = z.tuple([z.number(), z.string()]);

/** Reads a page of the members in the order of joining, in one snapshot. Undefined before the channel's first projection. */
export async function pageOfMembers(
  db: Database,
  channelId: string,
  { limit, cursor }: z.output<typeof getMembers.query>,
) {
  const last = cursor ? decodeCursor(cursor, MembersCursor) : undefined;
  const { joinedAt, userId } = channelMembers;
  const [[head], rows] = await db.batch([
    projectedHead(db, channelId),
    db
      .select()
      .from(channelMembers)
      .where(
        and(
          eq(channelMembers.channelId, channelId),
          last && gt(sql`(${joinedAt}, ${userId})`, sql`(${last[0]}, ${last[1]})`),
        ),
      )
      .orderBy(asc(joinedAt), asc(userId))
      .limit(limit + 1),
  ]);
  const present = (row: (typeof rows)[number]) => ({
    userId: row.userId,
    role: row.role,
    joinedAt: isoTime(row.joinedAt),
  });
  return head && { ...toPage(rows, limit, present, (row) => [row.joinedAt, row.userId]), ...head };
}
