import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { createActiveChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { channelRows, databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import {
  projectedSeq,
  projectionProgress,
  waitForProjections,
} from "../../support/worker/objects/projection.ts";

/** Rows without `changed_at`, the time of the write, which the room does not restore. */
const readersOf =
  "SELECT channel_id, user_id, level, last_read_seq, rev FROM channel_readers WHERE channel_id = ? ORDER BY rev";

afterEach(() => void vi.useRealTimers());

type Rows = Record<string, unknown>[];
const tables = {
  channels: "id",
  channel_members: "channel_id",
  messages: "channel_id",
  mentions: "channel_id",
  reactions: "channel_id",
  pins: "channel_id",
  channel_readers: "channel_id",
  thread_followers: "channel_id",
  dead_letters: "channel_id",
};

/** Restores the projected tables to an earlier state, as D1's time travel does. */
async function restore(channelId: string, moment: Record<string, Rows>): Promise<void> {
  await writeDatabase(
    "DELETE FROM message_versions WHERE message_id IN (SELECT id FROM messages WHERE channel_id = ?)",
    channelId,
  );
  for (const [table, key] of Object.entries(tables))
    await writeDatabase(`DELETE FROM ${table} WHERE ${key} = ?`, channelId);
  for (const [table, rows] of Object.entries(moment)) {
    for (const row of rows)
      await writeDatabase(
        `INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.keys(row).map(() => "?")})`,
        ...Object.values(row),
      );
  }
}

async function momentOf(channelId: string): Promise<Record<string, Rows>> {
  const rows = Object.fromEntries(
    await Promise.all(
      Object.entries(tables).map(
        async ([table, key]) =>
          [table, await databaseRows(`SELECT * FROM ${table} WHERE ${key} = ?`, channelId)] as const,
      ),
    ),
  );
  return {
    ...rows,
    message_versions: await databaseRows(
      "SELECT * FROM message_versions WHERE message_id IN (SELECT id FROM messages WHERE channel_id = ?)",
      channelId,
    ),
  };
}

const healed = (channelId: string) =>
  eventually(
    async () => (await projectedSeq(channelId)) === (await projectionProgress(channelId)).head,
    "the record",
  );

for (const [how, wake] of [
  ["the next write", "POST"],
  ["the next D1 read", "GET"],
] as const) {
  const poke = ({ ann, channelId, rootId }: Awaited<ReturnType<typeof createActiveChannel>>) => {
    const at = `/v1/channels/${channelId}/messages`;
    return wake === "POST"
      ? ann.call("POST", at, { content: "anything" })
      : ann.call("GET", `${at}/${rootId}/reactions`);
  };

  test(`[PJ1] D1 restored to an older state recovers by itself at ${how}`, async () => {
    const busy = await createActiveChannel();
    const { ann, bob, cid, rootId, channelId } = busy;
    await waitForProjections(channelId);
    const old = await momentOf(channelId);
    const { items } = (await ann.call("GET", `/v1/channels/${channelId}/messages`)).body;
    await ann.call("PATCH", `/v1/channels/${channelId}/messages/${items[3].id}`, { content: "edited since" });
    await ann.call("DELETE", `/v1/channels/${channelId}/messages/${items[4].id}`);
    await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
    await cid.call("PUT", `/v1/channels/${channelId}/messages/${rootId}/pin`);
    await cid.call("POST", `/v1/channels/${channelId}/messages/${rootId}/thread`, {
      content: "@channel since",
    });
    await ann.call("PUT", `/v1/channels/${channelId}/messages/${rootId}/thread/follow`);
    for (const reader of [ann, cid]) await reader.call("PUT", `/v1/channels/${channelId}/read`, { seq: 11 });
    await waitForProjections(channelId);
    await restore(channelId, old);
    await poke(busy);
    await healed(channelId);
    await expectDatabaseMatchesLog(channelId);
    expect(JSON.stringify(await channelRows(channelId))).not.toContain(items[4].content);
  });

  test(`[PJ1] [RS5] read positions lost by D1 recover with the log at ${how}`, async () => {
    const busy = await createActiveChannel();
    const { channelId } = busy;
    await waitForProjections(channelId);
    const before = await databaseRows(readersOf, channelId);
    await writeDatabase("DELETE FROM channel_readers WHERE channel_id = ?", channelId);
    await writeDatabase(
      "UPDATE thread_followers SET last_read_seq = 0, rev = 0 WHERE channel_id = ?",
      channelId,
    );
    await writeDatabase("UPDATE channels SET projected_seq = projected_seq - 5 WHERE id = ?", channelId);
    await poke(busy);
    await healed(channelId);
    await expectDatabaseMatchesLog(channelId);
    expect(await databaseRows(readersOf, channelId)).toEqual(before);
  });

  test(`[PJ1] a channel lost by D1 recovers by itself at ${how}`, async () => {
    const busy = await createActiveChannel();
    await restore(busy.channelId, {});
    await poke(busy);
    await healed(busy.channelId);
    await expectDatabaseMatchesLog(busy.channelId);
  });

  test(`[PJ1] a channel row lost by D1 recovers by itself at ${how}`, async () => {
    const busy = await createActiveChannel();
    await writeDatabase("DELETE FROM channels WHERE id = ?", busy.channelId);
    await poke(busy);
    await healed(busy.channelId);
    await expectDatabaseMatchesLog(busy.channelId);
  });

  test(`[PJ1] [LG8] rows of another epoch are deleted at ${how} and never shown`, async () => {
    const busy = await createActiveChannel();
    const { ann, channelId } = busy;
    await writeDatabase(
      "UPDATE channels SET epoch = 'another-life', projected_seq = 99 WHERE id = ?",
      channelId,
    );
    await writeDatabase(
      "INSERT INTO messages (id, channel_id, seq, rev, author_id, content, created_at, updated_at, version) VALUES ('msg_01AAAAAAAAAAAAAAAAAAAAAAAA', ?, 99, 99, ?, 'of another life', 1, 1, 1)",
      channelId,
      ann.userId,
    );
    const { text } = await ann.call("GET", `/v1/channels/${channelId}/messages`);
    expect(text).not.toContain("of another life");
    await poke(busy);
    await healed(channelId);
    await expectDatabaseMatchesLog(channelId);
  });

  test(`[PJ1] a D1 cursor past the log's head is not trusted at ${how}`, async () => {
    const busy = await createActiveChannel();
    await waitForProjections(busy.channelId);
    await writeDatabase("UPDATE channels SET projected_seq = 500 WHERE id = ?", busy.channelId);
    // The room was restored too, so D1 has later member changes with higher revisions.
    await writeDatabase(
      "UPDATE channel_readers SET rev = rev + 900, last_read_seq = 400 WHERE channel_id = ?",
      busy.channelId,
    );
    await poke(busy);
    await healed(busy.channelId);
    await expectDatabaseMatchesLog(busy.channelId);
  });
}
