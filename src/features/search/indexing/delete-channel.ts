import { sql } from "drizzle-orm";
import { searchIndex, writeBatch } from "../../../db/index.ts";
import { channelNumber } from "./project-channel.ts";

const rowsPerBatch = 500;

/** Deletes a batch of a channel's rows from the search index, and the channel itself with the last one. Returns whether none is left. */
export async function deleteChannelFromIndex(env: Env, channelId: string): Promise<boolean> {
  const index = searchIndex(env);
  const no = channelNumber(channelId);
  const some = sql`SELECT doc FROM documents WHERE channel_no = ${no} ORDER BY doc LIMIT ${rowsPerBatch}`;
  const results = await writeBatch(index, [
    sql`DELETE FROM search_text WHERE rowid IN (${some})`,
    sql`DELETE FROM documents WHERE doc IN (${some}) RETURNING doc`,
  ]);
  if (results[1]?.results.length === rowsPerBatch) return false;
  await writeBatch(index, [
    // Unlike in `search_text`, deleted words stay in this index until its segments merge. It is small: some words a channel.
    sql`INSERT INTO channel_text (channel_text, rank) VALUES ('secure-delete', 1)`,
    sql`DELETE FROM search_members WHERE channel_no = ${no}`,
    sql`DELETE FROM channel_text WHERE rowid = ${no}`,
    sql`DELETE FROM search_dead_letters WHERE channel_id = ${channelId}`,
    sql`DELETE FROM search_channels WHERE channel_id = ${channelId}`,
    sql`INSERT INTO channel_text (channel_text) VALUES ('optimize')`,
  ]);
  return true;
}
