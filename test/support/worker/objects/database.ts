import { env } from "cloudflare:workers";

const { DB: database } = env;

/** Queries D1 directly, bypassing any interceptor. */
export async function databaseRows<Row = Record<string, unknown>>(
  sql: string,
  ...params: unknown[]
): Promise<Row[]> {
  return (
    await database
      .prepare(sql)
      .bind(...params)
      .all<Row>()
  ).results;
}

export async function writeDatabase(sql: string, ...params: unknown[]): Promise<void> {
  await database
    .prepare(sql)
    .bind(...params)
    .run();
}

const withoutStamp = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).filter(([column]) => column !== "changed_at"));

/** Returns all rows of a channel in D1, without the times at which they were written or an event was parked. */
export async function channelRows(channelId: string): Promise<Record<string, unknown[]>> {
  return {
    channels: (await databaseRows("SELECT * FROM channels WHERE id = ?", channelId)).map(withoutStamp),
    members: await databaseRows(
      "SELECT * FROM channel_members WHERE channel_id = ? ORDER BY user_id",
      channelId,
    ),
    messages: await databaseRows("SELECT * FROM messages WHERE channel_id = ? ORDER BY seq", channelId),
    versions: await databaseRows(
      "SELECT * FROM message_versions WHERE message_id IN (SELECT id FROM messages WHERE channel_id = ?) ORDER BY message_id, version",
      channelId,
    ),
    mentions: await databaseRows(
      "SELECT * FROM mentions WHERE channel_id = ? ORDER BY seq, user_id",
      channelId,
    ),
    reactions: await databaseRows("SELECT * FROM reactions WHERE channel_id = ? ORDER BY seq", channelId),
    pins: await databaseRows("SELECT * FROM pins WHERE channel_id = ? ORDER BY seq", channelId),
    readers: (
      await databaseRows("SELECT * FROM channel_readers WHERE channel_id = ? ORDER BY rev", channelId)
    ).map(withoutStamp),
    followers: await databaseRows(
      "SELECT * FROM thread_followers WHERE channel_id = ? ORDER BY rev",
      channelId,
    ),
    deadLetters: await databaseRows(
      "SELECT channel_id, seq FROM dead_letters WHERE channel_id = ? ORDER BY seq",
      channelId,
    ),
    names: await databaseRows(
      "SELECT * FROM channel_names WHERE channel_id = ? ORDER BY name_key",
      channelId,
    ),
    directory: await databaseRows("SELECT * FROM channel_directory WHERE channel_id = ?", channelId),
  };
}
