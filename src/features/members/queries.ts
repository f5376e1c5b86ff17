import { and, asc, eq, gt, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isoTime } from "../../lib/time.ts";
import { channelMembers, type Database, projectedHead } from "../../db/index.ts";
import type { getMembers } from "../../protocol/index.ts";

const Place = z.tuple([z.number(), z.string()]);

/** A page of the members in the order of joining, and the `seq` at which it was taken. */
export async function pageOfMembers(
  db: Database,
  channelId: string,
  { limit, cursor }: z.output<typeof getMembers.query>,
) {
  const place = cursor ? decodeCursor(cursor, Place) : undefined;
  const { joinedAt, userId } = channelMembers;
  const [[head], rows] = await db.batch([
    projectedHead(db, channelId),
    db
      .select()
      .from(channelMembers)
      .where(
        and(
          eq(channelMembers.channelId, channelId),
          place && gt(sql`(${joinedAt}, ${userId})`, sql`(${place[0]}, ${place[1]})`),
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
