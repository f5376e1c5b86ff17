import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";

const unreadsOf = async (as: TestUser) =>
  (await expectOk(api.getUnreads, { as })).items.map(({ unread, mentions }) => unread + mentions);
const readAll = (as: TestUser, query = {}) => expectOk(api.readAll, { as, query });

test("[MR1] one request marks channels, threads and notifications as read", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channels = await Promise.all([1, 2, 3].map(() => createChannelFor(ann, [bob])));
  for (const id of channels)
    await ann.call("POST", `/v1/channels/${id}/messages`, { content: `hi @${bob.username}` });
  const quiet = await createChannelFor(ann, [bob]);
  await readAll(bob);
  const root = (await bob.call("POST", `/v1/channels/${quiet}/messages`, { content: "root" })).body;
  await ann.call("POST", `/v1/channels/${quiet}/messages/${root.id}/thread`, { content: "reply" });
  for (const id of channels) await ann.call("POST", `/v1/channels/${id}/messages`, { content: "more" });
  const notifications = async () => (await expectOk(api.getNotifications, { as: bob })).items;
  await eventually(async () => (await notifications()).some(({ kind }) => kind === "thread"));
  const socket = await connectGateway(bob);
  const marked = await readAll(bob);
  expect(marked).toMatchObject({ threads: 1, unavailable: 0, nextCursor: null });
  expect(marked.channels).toBeGreaterThanOrEqual(3);
  expect(Math.max(...(await unreadsOf(bob)))).toBe(0);
  const { items } = await expectOk(api.getThreads, { as: bob });
  expect(items.map(({ unread }) => unread)).toEqual([0]);
  expect(await socket.next("readUpdate")).toMatchObject({ data: { channelId: expect.any(String) } });
  expect(await readAll(bob)).toMatchObject({ channels: 0, threads: 0 });
  // The hub receives the read positions a moment later. Being added to a channel is an event that no read position covers yet.
  await eventually(async () =>
    (await notifications()).every(({ kind, read }) => read || kind === "invitation"),
  );
});

test("[MR2] more than 50 unread channels are marked over several requests", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  await createChannelFor(ann, [bob]);
  const before = await readAll(bob);
  expect(before.nextCursor).toBeNull();
  const rows = Array.from(
    { length: 55 },
    (_, nr) => `chn_01ARZ3NDEKTSV4RRFFQ69G5${String(nr).padStart(3, "0")}`,
  );
  await env.DB.batch(
    rows.flatMap((id) => [
      env.DB.prepare(
        `INSERT INTO channels (id, name, type, topic, description, created_by, created_at, projected_seq, epoch)
         VALUES (?, ?, 'private', '', '', ?, 1, 5, 'epoch-of-test')`,
      ).bind(id, id, ann.userId),
      env.DB.prepare(
        "INSERT INTO channel_members (channel_id, user_id, role, joined_at) VALUES (?, ?, 'member', 1)",
      ).bind(id, bob.userId),
      env.DB.prepare(
        "INSERT INTO channel_readers (channel_id, user_id, last_read_seq, level, rev) VALUES (?, ?, 1, 'all', 1)",
      ).bind(id, bob.userId),
    ]),
  );
  // The rooms of these rows do not exist: what is unread is skipped, and the cursor moves on.
  const first = await readAll(bob);
  expect(first.nextCursor).not.toBeNull();
  const second = await readAll(bob, { cursor: first.nextCursor! });
  expect(second).toMatchObject({ channels: 0, unavailable: 0, nextCursor: null });
});
