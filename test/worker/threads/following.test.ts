import { expect, test } from "vitest";
import { followThread, getThreads, readThread, unfollowThread } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { messageParams, messagePath, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, roomLog } from "../../support/worker/objects/room-object.ts";

async function scene() {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid]);
  return { ann, bob, cid, channelId, root: await postMessage(ann, channelId, "root") };
}
type Root = Awaited<ReturnType<typeof postMessage>>;

const followed = async (as: TestUser) => (await expectOk(getThreads, { as })).items;
/** The unread count of this thread for a follower; undefined for other users. */
const unread = async (as: TestUser, root: Root) =>
  (await followed(as)).find(({ message }) => message.id === root.id)?.unread;
const follow = (as: TestUser, root: Root) => expectOk(followThread, { as, params: messageParams(root) });
const unfollow = (as: TestUser, root: Root) => expectOk(unfollowThread, { as, params: messageParams(root) });
const read = (as: TestUser, root: Root, seq: number) =>
  expectOk(readThread, { as, params: messageParams(root), body: { seq } });

test("[TH4] [TH5] root author and repliers follow; own replies are never unread", async () => {
  const { ann, bob, cid, root } = await scene();
  expect(await followed(ann), "nobody follows what has no reply").toEqual([]);
  await postReply(bob, root, "1");
  expect([await unread(ann, root), await unread(bob, root), await unread(cid, root)]).toEqual([
    1,
    0,
    undefined,
  ]);
  await postReply(cid, root, "2");
  await postReply(bob, root, "3");
  expect([await unread(ann, root), await unread(bob, root), await unread(cid, root)]).toEqual([3, 1, 1]);
  await postReply(ann, root, "4");
  expect(await unread(ann, root), "to answer is not to have read").toBe(3);
});

test("[TH4] users may follow without replying, by any reply, idempotently", async () => {
  const { bob, cid, root } = await scene();
  const reply = await postReply(bob, root, "before");
  await follow(cid, reply);
  expect(await unread(cid, root), "what was there is read").toBe(0);
  await postReply(bob, root, "after");
  await follow(cid, root);
  expect(await unread(cid, root), "following again reads nothing").toBe(1);
});

test("[TH4] a user who unfollows stays so until they reply, and starts from there", async () => {
  const { ann, bob, root } = await scene();
  const reply = await postReply(bob, root, "1");
  await unfollow(ann, reply);
  await unfollow(ann, root);
  await postReply(bob, root, "2");
  await evictRoom(root.channelId);
  await postReply(bob, root, "3");
  expect(await unread(ann, root)).toBeUndefined();
  await postReply(ann, root, "4");
  expect(await unread(ann, root)).toBe(0);
  await postReply(bob, root, "5");
  expect(await unread(ann, root)).toBe(1);
});

test("[TH4] an author who unfollows before the first reply is left alone too", async () => {
  const { ann, bob, root } = await scene();
  await unfollow(ann, root);
  await postReply(bob, root, "1");
  expect(await unread(ann, root)).toBeUndefined();
  await postReply(ann, root, "2");
  await postReply(bob, root, "3");
  expect(await unread(ann, root)).toBe(1);
});

test("[TH4] leaving the channel ends all follows, also after rejoining", async () => {
  const { ann, bob, cid, channelId, root } = await scene();
  await postReply(bob, root, "1");
  await follow(cid, root);
  await cid.call("POST", `/v1/channels/${channelId}/leave`);
  await bob.call("POST", `/v1/channels/${channelId}/leave`);
  expect([await followed(cid), await followed(bob)]).toEqual([[], []]);
  await postReply(ann, root, "2");
  for (const one of [bob, cid]) {
    await one.call("POST", `/v1/channels/${channelId}/join`);
    expect(await followed(one)).toEqual([]);
  }
  await postReply(bob, root, "3");
  await postReply(ann, root, "4");
  expect([await unread(bob, root), await unread(cid, root)]).toEqual([1, undefined]);
});

test("[TH4] an author who left does not follow by others' replies, nor after rejoining", async () => {
  const { ann, bob, channelId } = await scene();
  const root = await postMessage(bob, channelId, "bob's");
  await bob.call("POST", `/v1/channels/${channelId}/leave`);
  await postReply(ann, root, "1");
  await bob.call("POST", `/v1/channels/${channelId}/join`);
  expect(await followed(bob)).toEqual([]);
});

test("[TH5] [RS1] unread counts are exact after deletes and edits, and up to 99", async () => {
  const { ann, bob, root } = await scene();
  const one = await postReply(bob, root, "1");
  const two = await postReply(bob, root, "2", { alsoInChannel: true });
  await bob.call("PATCH", messagePath(one), { content: "1, edited" });
  expect(await unread(ann, root)).toBe(2);
  await bob.call("DELETE", messagePath(two));
  expect(await unread(ann, root)).toBe(1);
  const socket = await bob.connect(root.channelId);
  for (let n = 0; n < 97; n++)
    socket.send({ type: "threadCreate", data: { messageId: root.id, content: `${n}` } });
  await postReply(ann, root, "own");
  expect(await unread(ann, root)).toBe(98);
  const last = await postReply(bob, root, "99");
  expect(await unread(ann, root)).toBe(99);
  await postReply(bob, root, "100");
  expect(await unread(ann, root)).toBe(99);
  expect(await read(ann, root, 0)).toEqual({ lastReadSeq: 0, unread: 99 });
  expect(await read(ann, root, last.seq)).toEqual({ lastReadSeq: last.seq, unread: 1 });
});

test("[TH5] [RS3] PUT …/read moves both ways, the frame forward only; no events", async () => {
  const { ann, bob, cid, root } = await scene();
  const one = await postReply(bob, root, "1");
  const two = await postReply(bob, root, "2");
  const before = await roomLog(root.channelId);
  expect(await read(ann, root, two.seq)).toEqual({ lastReadSeq: two.seq, unread: 0 });
  expect(await unread(ann, root)).toBe(0);
  expect(await read(ann, one, one.seq)).toEqual({ lastReadSeq: one.seq, unread: 1 });
  expect(await unread(ann, root)).toBe(1);
  const socket = await ann.connect(root.channelId);
  const frame = async (seq: number, more: object = {}) =>
    (await socket.sendCommand("threadRead", { messageId: root.id, seq, ...more })) as any;
  expect((await frame(two.seq)).data).toEqual({ lastReadSeq: two.seq, unread: 0 });
  expect((await frame(one.seq)).data, "late").toEqual({ lastReadSeq: two.seq, unread: 0 });
  expect((await frame(one.seq, { markUnread: true })).data).toEqual({ lastReadSeq: one.seq, unread: 1 });
  expect((await frame(two.seq + 1)).error).toMatchObject({
    code: "validation_failed",
    issues: [{ path: "seq" }],
  });
  expect((await frame(two.seq, { markUnread: false })).error.code).toBe("validation_failed");
  const pastHead = await expectRejected(readThread, {
    as: ann,
    params: messageParams(root),
    body: { seq: two.seq + 1 },
  });
  expect(pastHead.issues).toMatchObject([{ path: "seq" }]);
  const stranger = await expectRejected(readThread, {
    as: cid,
    params: messageParams(root),
    body: { seq: 1 },
  });
  expect(stranger.code, "one who does not follow").toBe("conflict");
  expect(await roomLog(root.channelId)).toEqual(before);
  expect(socket.events).toEqual([]);
});

test("[RM1] [TH4] following is for members only, over both transports", async () => {
  const { cid, root } = await scene();
  const [eve] = (await createUsers("eve")) as [TestUser];
  expect((await expectRejected(followThread, { as: eve, params: messageParams(root) })).code).toBe(
    "forbidden",
  );
  expect((await expectRejected(unfollowThread, { as: eve, params: messageParams(root) })).code).toBe(
    "forbidden",
  );
  const socket = await cid.connect(root.channelId);
  const ask = async (data: object) =>
    ((await socket.sendCommand("threadFollow", { messageId: root.id, ...data })) as any).data;
  expect(await ask({})).toEqual({ following: true });
  await eventually(async () => (await unread(cid, root)) === 0);
  expect(await ask({ following: false })).toEqual({ following: false });
  await eventually(async () => (await unread(cid, root)) === undefined);
});
