import { afterEach, expect, test, vi } from "vitest";
import { getNotifications, readNotifications, readThread } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { markReadUpTo } from "../../support/worker/clients/read-state.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createNotice, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog } from "../../support/worker/objects/hub-object.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";

afterEach(() => void vi.restoreAllMocks());

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await waitForNotifications(channelId);
  await expectOk(readNotifications, { as: bob, body: {} });
  return { ann, bob, channelId, at: `/v1/channels/${channelId}/messages` };
}

/** The message and read flag of each notification except the invitation, newest first. */
async function listed(who: TestUser, channelId: string): Promise<[string | null, boolean][]> {
  await waitForNotifications(channelId);
  const { items } = await expectOk(getNotifications, { as: who });
  return items
    .filter(({ kind }) => kind !== "invitation")
    .map(({ messageId, read: isRead }) => [messageId, isRead]);
}
const unreadOf = async (who: TestUser): Promise<number> =>
  (await expectOk(getNotifications, { as: who })).unread;

test("[NT7] reading a channel marks its notifications read on all devices", async () => {
  const { ann, bob, channelId } = await scene();
  const first = await postMessage(ann, channelId, `@${bob.username} one`);
  const second = await postMessage(ann, channelId, `@${bob.username} two`);
  expect(await listed(bob, channelId)).toEqual([
    [second.id, false],
    [first.id, false],
  ]);
  const phone = await connectHub(bob);
  await markReadUpTo(bob, channelId, first.seq);
  const { data } = (await phone.waitFor(({ type }) => type === "notificationRead")) as any;
  expect(data.seqs).toHaveLength(1);
  expect(await listed(bob, channelId)).toEqual([
    [second.id, false],
    [first.id, true],
  ]);
  expect(await unreadOf(bob)).toBe(1);
  await markReadUpTo(bob, channelId, second.seq);
  await eventually(async () => (await unreadOf(bob)) === 0, "all of it read");
  // Marking a channel unread leaves notifications as they are.
  await markReadUpTo(bob, channelId, 0);
  await waitForNotifications(channelId);
  await evictHub(bob.userId);
  expect(await unreadOf(bob)).toBe(0);
});

test("[NT7] a reply is read with its thread, with the channel only if shown there", async () => {
  const { ann, bob, channelId } = await scene();
  const root = await postMessage(bob, channelId, "root");
  const quiet = await postReply(ann, root, "in the thread");
  const shown = await postReply(ann, root, "in both", { alsoInChannel: true });
  await markReadUpTo(bob, channelId, shown.seq);
  // One unread notification is also the state after the first of the two has arrived.
  await expect
    .poll(() => listed(bob, channelId))
    .toEqual([
      [shown.id, true],
      [quiet.id, false],
    ]);
  await expectOk(readThread, {
    as: bob,
    params: { channelId, messageId: root.id },
    body: { seq: quiet.seq },
  });
  await eventually(async () => (await unreadOf(bob)) === 0, "the thread read");
});

test("[NT7] a mention added by an edit is read with its message", async () => {
  const { ann, bob, channelId, at } = await scene();
  const { id, seq } = await postMessage(ann, channelId, "hello");
  await postMessage(ann, channelId, "more");
  await ann.call("PATCH", `${at}/${id}`, { content: `hello @${bob.username}` });
  expect(await listed(bob, channelId)).toEqual([[id, false]]);
  await markReadUpTo(bob, channelId, seq);
  await eventually(async () => (await unreadOf(bob)) === 0, "it read");
});

test("[NT8] deleting a message or a mention removes its notification", async () => {
  const { ann, bob, channelId, at } = await scene();
  const kept = await postMessage(ann, channelId, `@${bob.username} kept`);
  const deleted = await postMessage(ann, channelId, `@${bob.username} deleted`);
  const edited = await postMessage(ann, channelId, `@${bob.username} edited`);
  const root = await postMessage(bob, channelId, "root");
  const reply = await postReply(ann, root, "a reply");
  expect((await listed(bob, channelId)).map(([id]) => id)).toEqual([
    reply.id,
    edited.id,
    deleted.id,
    kept.id,
  ]);
  const phone = await connectHub(bob);
  await ann.call("DELETE", `${at}/${deleted.id}`);
  await ann.call("PATCH", `${at}/${edited.id}`, { content: "nobody" });
  await ann.call("DELETE", `${at}/${reply.id}`);
  expect(await listed(bob, channelId)).toEqual([[kept.id, false]]);
  expect(await unreadOf(bob)).toBe(1);
  await phone.waitFor(({ type }) => type === "notificationDelete");
  // An edit that keeps the mention keeps the notification.
  await ann.call("PATCH", `${at}/${kept.id}`, { content: `@${bob.username} still kept` });
  expect(await listed(bob, channelId)).toEqual([[kept.id, false]]);
});

test("[NT8] deletion removes notifications of direct messages and of level `all`", async () => {
  const { ann, bob, channelId, at } = await scene();
  await bob.call("PUT", `/v1/channels/${channelId}/notifications`, { level: "all" });
  const { id } = await postMessage(ann, channelId, "anything");
  const direct = (await ann.call("POST", "/v1/dms", { userIds: [bob.userId] })).body.id as string;
  const { id: directId } = await postMessage(ann, direct, "psst");
  await waitForNotifications(direct);
  expect((await listed(bob, channelId)).map(([of]) => of)).toEqual([directId, id]);
  await ann.call("DELETE", `${at}/${id}`);
  await ann.call("DELETE", `/v1/channels/${direct}/messages/${directId}`);
  await waitForNotifications(direct);
  expect(await listed(bob, channelId)).toEqual([]);
});

test("[NT8] [HB1] a removed notification stays removed when it is delivered again", async () => {
  const { bob, channelId } = await scene();
  const created = createNotice(50);
  const gone = { ...created, kind: null, gone: "message" as const, channelSeq: 51 };
  await sendNotices(bob.userId, channelId, created, gone);
  await sendNotices(bob.userId, channelId, created);
  await sendNotices(bob.userId, channelId, created, gone);
  const events = (await hubLog(bob.userId))
    .map(({ type }) => type)
    .filter((type) => type.startsWith("notification"));
  expect(events.filter((type) => type === "notificationDelete")).toHaveLength(1);
  expect(await unreadOf(bob)).toBe(0);
  await bob.call("PUT", "/v1/users/me/status", { presence: "dnd" });
  const held = createNotice(60);
  await sendNotices(bob.userId, channelId, held, { ...held, kind: null, gone: "message", channelSeq: 61 });
  const readMeanwhile = createNotice(70, { place: 70 });
  await sendNotices(bob.userId, channelId, readMeanwhile);
  await markReadUpTo(bob, channelId, 1);
  await bob.call("PUT", "/v1/users/me/status", { presence: "auto" });
  const { items } = await expectOk(getNotifications, { as: bob });
  expect(items.map(({ messageId }) => messageId)).not.toContain(held.messageId);
  expect(items[0]).toMatchObject({ messageId: readMeanwhile.messageId, read: false });
});

test("[HB4] single notifications are marked read, idempotently; others stay unread", async () => {
  const { ann, bob, channelId } = await scene();
  for (let n = 0; n < 3; n++) await postMessage(ann, channelId, `@${bob.username} ${n}`);
  await waitForNotifications(channelId);
  const before = await expectOk(getNotifications, { as: bob });
  const [newest, middle] = before.items as unknown as [{ seq: number }, { seq: number }];
  for (let time = 0; time < 2; time++)
    expect(await expectOk(readNotifications, { as: bob, body: { seqs: [middle.seq, 9_999] } })).toEqual({
      unread: 2,
      lastReadSeq: before.lastReadSeq,
    });
  const { items } = await expectOk(getNotifications, { as: bob });
  expect(items.slice(0, 3).map(({ read: isRead }) => isRead)).toEqual([false, true, false]);
  const log = await hubLog(bob.userId);
  expect(log.filter(({ type, data }) => type === "notificationRead" && data.seqs)).toHaveLength(1);
  expect((await expectOk(readNotifications, { as: bob, body: { seq: newest.seq } })).unread).toBe(0);
  for (const body of [{ seqs: [] }, { seqs: [1], seq: 1 }, { seqs: ["1"] }, { seqs: Array(101).fill(1) }])
    expect((await callEndpoint(readNotifications, { as: bob, body })).status).toBe(400);
});
