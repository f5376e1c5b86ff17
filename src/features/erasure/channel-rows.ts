import { sql } from "drizzle-orm";
import {
  accountDatabase,
  channelDatabase,
  deleteChannelRows,
  channelDirectory,
  channelNames,
  files,
  incomingWebhooks,
  writeBatch,
} from "../../db/index.ts";

const rowsPerStatement = 500;

/** Returns those of these files that D1 still has. */
export async function findFileIds(env: Env, fileIds: readonly string[]): Promise<string[]> {
  if (fileIds.length === 0) return [];
  const rows = await accountDatabase(env)
    .select({ id: files.id })
    .from(files)
    .where(sql`${files.id} IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))`);
  return rows.map(({ id }) => id);
}

/** Deletes a batch of a channel's projected rows. Returns whether none is left. */
export async function deleteChannelBatch(env: Env, channelId: string): Promise<boolean> {
  const results = await writeBatch(
    channelDatabase(env, channelId),
    deleteChannelRows(channelId, rowsPerStatement),
  );
  return results.every(({ meta }) => meta.changes === 0);
}

/** Deletes the name, the webhooks and the directory entry of a channel whose object was deleted. */
export async function deletePurgedChannel(env: Env, channelId: string): Promise<void> {
  const db = accountDatabase(env);
  await writeBatch(db, [
    db.delete(channelNames).where(sql`${channelNames.channelId} = ${channelId}`),
    db.delete(incomingWebhooks).where(sql`${incomingWebhooks.channelId} = ${channelId}`),
    db.delete(channelDirectory).where(sql`${channelDirectory.channelId} = ${channelId}`),
  ]);
}
