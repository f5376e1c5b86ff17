import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import roomOne from "../../support/releases/room-1.sql?raw";
import hubOne from "../../support/releases/hub-1.sql?raw";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { listedUnread, markReadUpTo, unreadBySource } from "../../support/worker/clients/read-state.ts";
import { createSession, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { restoreSnapshot, withStorage } from "../../support/worker/objects/object-snapshots.ts";
import {
  roomAlarmAt,
  runScheduledTask,
  waitForNotifications,
  waitForProjections,
} from "../../support/worker/objects/projection.ts";
import { evictRoom, roomRows } from "../../support/worker/objects/room-object.ts";

/** The snapshots of release 1: Ann posted seqs 5 and 6, Bob 8, which he deleted; Cat has left. */
const channelId = "chn_01M820GT9KN6DFXRX5VRKFBA5W";
const members = {
  ann: { userId: "usr_01M820GT8N4SQWNMDCJXWJGS2V", username: "ann-1" },
  bob: { userId: "usr_01M820GT8PPXA10QM0XTQ1MAZT", username: "bob-2" },
};
const said = "msg_01M820GTAJWGATBFXZYG5G651T";
const takenAtMs = 1_795_363_995_000;
let ann: TestUser;
let bob: TestUser;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: takenAtMs });
  const room = env.ROOMS.getByName(channelId);
  // Each test opens a fresh copy of the snapshot.
  await withStorage(room, (storage) => {
    storage.sql.exec("PRAGMA defer_foreign_keys = ON");
    for (const { name } of storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      )
      .toArray())
      storage.sql.exec(`DROP TABLE ${name}`);
  });
  await restoreSnapshot(room, roomOne);
  const hub = env.HUBS.getByName(members.ann.userId);
  if (!ann) await restoreSnapshot(hub, hubOne);
  [ann, bob] = [await createSession(members.ann), await createSession(members.bob)];
  // Their hubs store the channel, as those of all members do.
  for (const { userId } of [ann, bob]) await env.HUBS.getByName(userId).admitAsMember(channelId);
});
afterEach(() => void vi.useRealTimers());

test("[LG10] [RS2] members of release 1 have read everything; authors are known", async () => {
  await markReadUpTo(ann, channelId, 13);
  expect(
    await roomRows(channelId, "SELECT user_id, last_read_seq, level FROM readers ORDER BY user_id"),
  ).toEqual(
    [members.ann, members.bob].map(({ userId }) => ({
      user_id: userId,
      last_read_seq: 13,
      level: "mentions",
    })),
  );
  expect(
    await roomRows(
      channelId,
      "SELECT seq, author_id, thread_id, in_channel, deleted, touched FROM messages ORDER BY seq",
    ),
  ).toEqual(
    (
      [
        [5, members.ann, 0],
        [6, members.ann, 0],
        [8, members.bob, 1],
      ] as const
    ).map(([seq, { userId }, deleted]) => ({
      seq,
      author_id: userId,
      thread_id: null,
      in_channel: 1,
      deleted,
      touched: 0,
    })),
  );
  expect(await markReadUpTo(bob, channelId, 0)).toEqual({ lastReadSeq: 0, unread: 2, mentions: 0 });
  expect(await markReadUpTo(ann, channelId, 0)).toEqual({ lastReadSeq: 0, unread: 0, mentions: 0 });
});

test("[LG10] [NT6] only events after the upgrade from release 1 notify", async () => {
  const { seq } = await postMessage(bob, channelId, `@${members.ann.username} of today`);
  await waitForNotifications(channelId);
  expect((await listAllNotifications(ann)).map(({ channelSeq }) => channelSeq)).toEqual([seq]);
  expect(await listAllNotifications(bob)).toEqual([]);
  const reply = await postReply(bob, { channelId, id: said }, "to what Ann said long ago");
  await waitForNotifications(channelId);
  expect(await listAllNotifications(ann)).toMatchObject([
    { kind: "thread", channelSeq: reply.seq, threadId: said },
    { kind: "mention", channelSeq: 14 },
  ]);
});

test("[LG10] [RS5] read positions of release 1 reach D1 with the next event", async () => {
  await postMessage(bob, channelId, `@${members.ann.username} of today`);
  for (const [as, unread] of [
    [ann, 1],
    [bob, 0],
  ] as const) {
    const [room, list, counted] = await unreadBySource(as, channelId);
    expect(room).toEqual({ lastReadSeq: 13, unread, mentions: unread });
    expect([list, counted]).toEqual([room, room]);
  }
  await expectDatabaseMatchesLog(channelId);
  while (await runScheduledTask(channelId));
  expect(await roomAlarmAt(channelId)).toBeNull();
});

test("[LG10] release 1 can write to today's schema, and today's code reads it", async () => {
  await markReadUpTo(ann, channelId, 13);
  await waitForProjections(channelId);
  const id = newId("msg");
  const at = takenAtMs + 1_000;
  const message = {
    id,
    channelId,
    seq: 14,
    rev: 14,
    authorId: members.ann.userId,
    content: "by release 1",
    threadId: null,
    createdAt: new Date(at).toISOString(),
    updatedAt: new Date(at).toISOString(),
    deletedAt: null,
    version: 1,
    files: [],
    mentions: [],
    reactions: [],
    thread: null,
    pinned: false,
  };
  await withStorage(env.ROOMS.getByName(channelId), ({ sql }) => {
    // The exact statements of release 1.
    sql.exec(
      "INSERT INTO log (seq, at, v, type, actor_id, data, for_sinks, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      14,
      at,
      1,
      "messageCreate",
      members.ann.userId,
      JSON.stringify({ message }),
      null,
      null,
    );
    sql.exec("INSERT INTO messages (id, seq, rev) VALUES (?, ?, ?)", id, 14, 14);
    sql.exec("UPDATE messages SET rev = ? WHERE id = ?", 14, id);
    sql.exec(
      "INSERT OR REPLACE INTO members (user_id, role, joined_at, username, workspace_role, active, facts_rev) VALUES (?, ?, ?, ?, ?, ?, ?)",
      members.bob.userId,
      "member",
      1,
      members.bob.username,
      "member",
      1,
      2,
    );
    sql.exec(
      "INSERT INTO nonces (author_id, nonce, seq, hash) VALUES (?, ?, ?, ?)",
      members.ann.userId,
      "old",
      14,
      "h",
    );
  });
  await evictRoom(channelId);
  expect((await ann.call("GET", `/v1/channels/${channelId}/messages`)).body.items.at(-1)).toMatchObject({
    id,
    content: "by release 1",
  });
  const { seq } = await postMessage(bob, channelId, "by today's");
  expect(seq).toBe(15);
  await expectDatabaseMatchesLog(channelId);
  expect(await listedUnread(bob, channelId)).toMatchObject({ unread: 1, lastReadSeq: 13 });
  expect((await ann.call("DELETE", `/v1/channels/${channelId}/messages/${id}`)).status).toBe(204);
  await expectDatabaseMatchesLog(channelId);
});
