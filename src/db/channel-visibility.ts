import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { channels } from "./schema/index.ts";

/**
 * Returns whether D1 lists the channel as public, or the user as its member; for a guest, only the latter. For a hidden channel and for an id
 * that does not exist, the query does the same lookups and returns no row, so that its duration does not reveal which it is.
 */
export async function isChannelVisibleTo(
  db: Database,
  { userId, isGuest }: { userId: string; isGuest: boolean },
  channelId: string,
): Promise<boolean> {
  const row = await db.get(sql`
    SELECT 1 AS listed WHERE
      EXISTS (SELECT 1 FROM channels WHERE id = ${channelId} AND type = 'public' AND NOT ${isGuest ? 1 : 0}) OR
      EXISTS (SELECT 1 FROM channel_members WHERE channel_id = ${channelId} AND user_id = ${userId})`);
  return row !== undefined && row !== null;
}

/** The condition that a user who is no guest may read a row of `channels`: it is public, or the user is a member. */
export const isReadableBy = (userId: string): SQL =>
  sql`(${channels.type} = 'public' OR EXISTS (SELECT 1 FROM channel_members WHERE channel_id = ${channels.id} AND user_id = ${userId}))`;
