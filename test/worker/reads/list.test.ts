import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { getUnreads } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { listedUnread, markReadUpTo } from "../../support/worker/clients/read-state.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";

afterEach(restoreDatabases);

/** Counts the statements sent to D1, including those in batches. */
async function statementsOf<T>(work: () => Promise<T>): Promise<[number, T]> {
  let statements = 0;
  interceptDatabase((trip) => {
    statements += trip.statements.length;
    return trip.run();
  });
  const result = await work();
  restoreDatabases();
  return [statements, result];
}

test("[RS6] 200 channels with unread counts take one response and 3 D1 statements", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const first = await createChannelFor(ann, [bob]);
  await postMessage(ann, first, `@${bob.username}`);
  await waitForProjections(first);
  const [few] = await statementsOf(() => expectOk(getUnreads, { as: bob }));
  // Rows as 199 rooms would write them: the nth has n unread messages, of which every second mentions Bob.
  const rows = Array.from({ length: 199 }, (_, n) => n);
  const id = (n: number) => `chn_01CCCCCCCCCCCCCCCCCCCCC${String(n).padStart(3, "0")}`;
  await env.DB.batch(
    rows.flatMap((n) => [
      env.DB.prepare(
        "INSERT INTO channels (id, epoch, projected_seq, name, name_key, type, created_at, created_by) VALUES (?, 'epoch-of-it', 500, ?1, ?1, 'private', 1, ?)",
      ).bind(id(n), ann.userId),
      env.DB.prepare("INSERT INTO channel_members VALUES (?, ?, 'member', 1)").bind(id(n), bob.userId),
      env.DB.prepare(
        "INSERT INTO channel_readers (channel_id, user_id, last_read_seq, level, rev) VALUES (?, ?, 10, 'mentions', 1)",
      ).bind(id(n), bob.userId),
    ]),
  );
  await writeDatabase(
    `INSERT INTO messages (id, channel_id, seq, rev, author_id, content, created_at, updated_at, version)
     SELECT 'msg_' || c.value || '-' || n.value, c.value, 11 + n.value, 11 + n.value, ?, '', 1, 1, 1
     FROM json_each(?) AS c, json_each(?) AS n WHERE n.value < c.key`,
    ann.userId,
    JSON.stringify(rows.map(id)),
    JSON.stringify(rows),
  );
  await writeDatabase(
    "INSERT INTO mentions SELECT ?, channel_id, seq FROM messages WHERE id LIKE 'msg_chn_%' AND seq % 2",
    bob.userId,
  );
  const [many, { items }] = await statementsOf(() => expectOk(getUnreads, { as: bob }));
  expect([few, many]).toEqual([few, few]);
  expect(many).toBeLessThanOrEqual(3);
  expect(items).toHaveLength(200);
  const byId = new Map(items.map((item) => [item.channelId, item]));
  for (const n of rows)
    expect(byId.get(id(n)), `${n}`).toMatchObject({
      unread: Math.min(99, n),
      mentions: Math.min(99, Math.ceil(n / 2)),
      lastReadSeq: 10,
      channel: { id: id(n), name: id(n) },
    });
  expect(byId.get(first)).toMatchObject({ unread: 1, mentions: 1, lastReadSeq: 3 });
});

test("[RS6] the list holds the user's own channels only, none left or private", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const eve = await createUser("eve", { role: "admin" });
  const both = await createChannelFor(ann, [bob]);
  const privateId = await createChannelFor(ann, [], { isPrivate: true });
  await postMessage(ann, both, "@channel");
  expect((await expectOk(getUnreads, { as: eve })).items).toEqual([]);
  expect((await expectOk(getUnreads, { as: bob })).items.map(({ channelId }) => channelId)).toEqual([both]);
  expect(
    (await expectOk(getUnreads, { as: ann })).items.map(({ channelId }) => channelId).toSorted(),
  ).toEqual([both, privateId].toSorted());
  await ann.call("DELETE", `/v1/channels/${both}/members/${bob.userId}`);
  expect((await expectOk(getUnreads, { as: bob })).items).toEqual([]);
  expect((await expectRejected(getUnreads)).code).toBe("unauthenticated");
  expect((await callEndpoint(getUnreads, { as: bob })).headers.get("Cache-Control")).toBe("no-store");
});

test("[RS6] a direct message is listed with all messages of the other, all notifying", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { body } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId] });
  for (let n = 0; n < 3; n++) await postMessage(ann, body.id, `${n}`);
  await waitForProjections(body.id);
  expect(await listedUnread(bob, body.id)).toMatchObject({
    unread: 3,
    mentions: 0,
    level: "all",
    channel: { type: "direct", memberIds: [ann.userId, bob.userId].toSorted() },
  });
  expect(await listedUnread(ann, body.id)).toMatchObject({ unread: 0, level: "all" });
});

test("[RS6] a member without a D1 row has no unread messages until the next event", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await postMessage(ann, channelId, "hi");
  await waitForProjections(channelId);
  await writeDatabase("DELETE FROM channel_readers WHERE channel_id = ?", channelId);
  expect(await listedUnread(bob, channelId)).toMatchObject({ unread: 0, level: "mentions", lastReadSeq: 4 });
  await markReadUpTo(bob, channelId, 3);
  expect(await listedUnread(bob, channelId)).toMatchObject({ unread: 0, lastReadSeq: 4 });
  await markReadUpTo(bob, channelId, 2);
  expect(await listedUnread(bob, channelId)).toMatchObject({ unread: 1, lastReadSeq: 2 });
});

test("[RS8] while D1 is behind, each channel gives the `seq` it was counted up to", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await postMessage(ann, channelId, "counted");
  await waitForProjections(channelId);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  interceptDatabase(async (trip) => {
    if (isProjectionBatch(trip)) await released;
    return trip.run();
  });
  const socket = await ann.connect(channelId);
  await socket.sendCommand("messageCreate", { content: "acknowledged and not yet counted" });
  expect(await listedUnread(bob, channelId)).toMatchObject({ unread: 1, seq: 4 });
  release();
  await waitForProjections(channelId);
  expect(await listedUnread(bob, channelId)).toMatchObject({ unread: 2, seq: 5 });
});
