import { eq } from "drizzle-orm";
import type { Database } from "./client.ts";
import { channels } from "./schema/index.ts";

/** Up to where the record has a channel's log: put it first in the batch of a read, and the read is of that moment. */
export function projectedHead(db: Database, channelId: string) {
  return db
    .select({ seq: channels.projectedSeq, epoch: channels.epoch })
    .from(channels)
    .where(eq(channels.id, channelId));
}
