import { eq } from "drizzle-orm";
import type { Database } from "./client.ts";
import { channels } from "./schema/index.ts";

/**
 * Returns the query of the position up to which D1 has a channel's log. As the first statement of a batch it gives the position of all reads in
 * that batch, because D1 runs a batch as one transaction.
 */
export function projectedHead(db: Database, channelId: string) {
  return db
    .select({ seq: channels.projectedSeq, epoch: channels.epoch })
    .from(channels)
    .where(eq(channels.id, channelId));
}
