import { beforeAll, expect, test } from "vitest";
import { getThreads, readThread, type FollowedThread } from "../../../src/protocol/index.ts";
import type { z } from "zod";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { messageParams, messagePath, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";

type Item = z.output<typeof FollowedThread>;

let ann: TestUser;
let bob: TestUser;
let first: string;
let second: string;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  [first, second] = [
    await createChannelFor(ann, [bob]),
    await createChannelFor(ann, [bob], { isPrivate: true }),
  ];
});

const page = (as: TestUser, query: Record<string, string | number> = {}) =>
  expectOk(getThreads, { as, query });
const titles = (items: Item[]) => items.map(({ message, unread }) => `${message.content} ${unread}`);

async function whole(as: TestUser, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const next = await page(as, { limit, ...(cursor && { cursor }) });
    expect(next.items.length).toBeLessThanOrEqual(limit);
    items.push(...next.items);
    cursor = next.nextCursor;
  }
  return items;
}

/** Creates threads of Ann in two channels, which Bob answers one after the other. */
async function threads(count: number) {
  const roots = [];
  for (let n = 0; n < count; n++) roots.push(await postMessage(ann, n % 2 ? first : second, `t${n}`));
  for (const root of roots) await postReply(bob, root, "a reply");
  return roots;
}

test("[TH5] unread threads come first, each group by last reply, updated on changes", async () => {
  const roots = await threads(4);
  expect(titles((await page(ann)).items)).toEqual(["t3 1", "t2 1", "t1 1", "t0 1"]);
  const replies = await Promise.all(
    roots.map(async (root) => (await ann.call("GET", `${messagePath(root)}/thread`)).body.items[0]),
  );
  await expectOk(readThread, { as: ann, params: messageParams(roots[3]!), body: { seq: replies[3].seq } });
  expect(titles((await page(ann)).items)).toEqual(["t2 1", "t1 1", "t0 1", "t3 0"]);
  await expectOk(readThread, { as: ann, params: messageParams(roots[1]!), body: { seq: replies[1].seq } });
  expect(titles((await page(ann)).items)).toEqual(["t2 1", "t0 1", "t3 0", "t1 0"]);
  await postReply(ann, roots[1]!, "own words");
  expect(titles((await page(ann)).items)).toEqual(["t2 1", "t0 1", "t1 0", "t3 0"]);
  await postReply(bob, roots[0]!, "more");
  expect(titles((await page(ann)).items)).toEqual(["t0 2", "t2 1", "t1 0", "t3 0"]);
  await expectOk(readThread, { as: ann, params: messageParams(roots[3]!), body: { seq: 0 } });
  expect(titles((await page(ann)).items)).toEqual(["t0 2", "t3 1", "t2 1", "t1 0"]);
  await bob.call("DELETE", messagePath(replies[2]));
  expect(titles((await page(ann)).items), "without a reply, last").toEqual(["t0 2", "t3 1", "t1 0", "t2 0"]);
  await ann.call("DELETE", messagePath(roots[0]!));
  expect((await page(ann)).items[0], "a deleted root is a tombstone").toMatchObject({
    message: { id: roots[0]!.id, content: "", thread: { replyCount: 2 } },
    unread: 2,
  });
});

test("[TH5] cursors list every thread once for any page size", async () => {
  const [cid] = (await createUsers("cid")) as [TestUser];
  for (const channelId of [first, second])
    await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: cid.userId });
  const roots = [];
  for (let n = 0; n < 11; n++) roots.push(await postMessage(cid, n % 2 ? first : second, `c${n}`));
  const replies = [];
  for (const root of roots) replies.push(await postReply(bob, root, "a reply"));
  for (const n of [2, 5, 8])
    await expectOk(readThread, { as: cid, params: messageParams(roots[n]!), body: { seq: replies[n]!.seq } });
  const order = [10, 9, 7, 6, 4, 3, 1, 0, 8, 5, 2];
  for (const limit of [1, 2, 3, 10, 11, 12, 100])
    expect((await whole(cid, limit)).map(({ message }) => message.content)).toEqual(
      order.map((n) => `c${n}`),
    );
  expect((await page(cid, { limit: 11 })).nextCursor).toBeNull();
  expect((await page(cid, { limit: 10 })).nextCursor).not.toBeNull();
});

test("[TH5] threads answered at the same moment have a stable order", async () => {
  const [dee] = (await createUsers("dee")) as [TestUser];
  const channelId = await createChannelFor(dee, [bob]);
  const roots = await Promise.all(Array.from({ length: 20 }, (_, n) => postMessage(dee, channelId, `d${n}`)));
  const socket = await bob.connect(channelId);
  for (const { id } of roots) socket.send({ type: "threadCreate", data: { messageId: id, content: "now" } });
  const last = await socket.sendCommand("threadCreate", { messageId: roots[0]!.id, content: "the last" });
  expect(last.type).toBe("ack");
  await postReply(bob, roots[0]!, "the very last");
  await waitForProjections(channelId);
  const items = await whole(dee, 3);
  expect(new Set(items.map(({ message }) => message.id)).size).toBe(20);
  expect(items).toHaveLength(20);
  expect(items).toEqual(await whole(dee, 100));
});

test("[TH4] [RD3] threads of left channels and of other users are not listed", async () => {
  const [fay, gus] = (await createUsers("fay", "gus")) as [TestUser, TestUser];
  const [left, removed, kept] = [
    await createChannelFor(gus, [fay]),
    await createChannelFor(gus, [fay], { isPrivate: true }),
    await createChannelFor(gus, [fay]),
  ];
  for (const channelId of [left, removed, kept])
    await postReply(fay, await postMessage(gus, channelId, channelId), "mine");
  expect((await page(fay)).items).toHaveLength(3);
  await fay.call("POST", `/v1/channels/${left}/leave`);
  await gus.call("DELETE", `/v1/channels/${removed}/members/${fay.userId}`);
  expect((await page(fay)).items.map(({ message }) => message.channelId)).toEqual([kept]);
  expect((await page(gus)).items).toHaveLength(3);
  const [eve] = (await createUsers("eve")) as [TestUser];
  expect(await page(eve)).toEqual({ items: [], nextCursor: null });
});

test("[ER2] a cursor of another list is rejected by its field", async () => {
  for (const cursor of ["x", btoa("1"), btoa('["1",2,"x"]'), btoa("[1,2]"), btoa("null"), btoa("[1,2,3]")]) {
    const { code, issues } = await expectRejected(getThreads, { as: ann, query: { cursor } });
    expect([code, issues?.[0]?.path]).toEqual(["validation_failed", "cursor"]);
  }
});

test("[TH5] a fully deleted thread is not listed, a deleted root with a reply is", async () => {
  const [eve, zoe] = (await createUsers("eve", "zoe")) as [TestUser, TestUser];
  const channelId = await createChannelFor(eve, [zoe]);
  const root = await postMessage(eve, channelId, "root");
  const replies = [await postReply(zoe, root, "one"), await postReply(zoe, root, "two")];
  const listed = async (): Promise<number[]> => {
    await waitForProjections(channelId);
    return Promise.all([eve, zoe].map(async (who) => (await page(who)).items.length));
  };
  expect(await listed()).toEqual([1, 1]);
  await eve.call("DELETE", messagePath(root));
  await zoe.call("DELETE", messagePath(replies[0]!));
  expect(await listed()).toEqual([1, 1]);
  await zoe.call("DELETE", messagePath(replies[1]!));
  expect(await listed()).toEqual([0, 0]);
});
