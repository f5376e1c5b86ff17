import { expect, test } from "vitest";
import { createThread, getMessage, type Message } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import {
  getThreadPage,
  messageParams,
  messagePath,
  postMessage,
  postReply,
} from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, roomLog, sendTogether } from "../../support/worker/objects/room-object.ts";

/** The thread summary that the rule derives from the replies. */
function expectedThread(replies: Message[]): Message["thread"] {
  const live = replies.filter(({ deletedAt }) => deletedAt === null);
  const last = live.at(-1);
  if (!last) return null;
  const authors = new Set(live.map(({ authorId }) => authorId));
  return {
    replyCount: live.length,
    lastReplyAt: last.createdAt,
    participantIds: [...authors].slice(0, 5),
  };
}

const eventOf = (events: unknown[]) => events.at(-1) as { type: string; data: { thread?: unknown } };

test("[TH1] count, last reply and five participants agree everywhere after deletes", async () => {
  const all = await createUsers("ann", "bob", "cid", "dee", "eve", "fay", "gus");
  const [ann] = all as [TestUser];
  const channelId = await createChannelFor(ann, all.slice(1));
  const root = await postMessage(ann, channelId, "root");
  const order = [1, 2, 1, 3, 0, 4, 5, 6, 2, 5];
  const replies: { author: TestUser; reply: Message }[] = [];
  const check = async () => {
    const page = await getThreadPage(ann, root);
    const expected = expectedThread(page.items);
    expect(page.root.thread).toEqual(expected);
    const event = eventOf(await listEvents(channelId, ann, root.seq));
    expect(event.data.thread).toEqual(expected);
    expect((await expectOk(getMessage, { as: ann, params: messageParams(root) })).thread).toEqual(expected);
    expect(page.root.rev).toBe(page.seq);
  };
  for (const index of order) {
    const author = all[index]!;
    replies.push({ author, reply: await postReply(author, root, "a reply") });
    await check();
  }
  for (const index of [0, 3, 9, 1, 4, 2]) {
    const { author, reply } = replies[index]!;
    await author.call("DELETE", messagePath(reply));
    await check();
  }
  await evictRoom(channelId);
  await postReply(all[1]!, root, "bob is back, as the last");
  await check();
  for (const { author, reply } of replies) await author.call("DELETE", messagePath(reply));
  await check();
});

test("[TH1] deleting the last reply makes the thread null; the next one restarts it", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "root");
  const reply = await postReply(bob, root, "a reply");
  const socket = await ann.connect(channelId);
  await bob.call("DELETE", messagePath(reply));
  expect(await socket.next("threadDelete")).toMatchObject({
    data: { thread: null, message: { content: "", threadId: root.id } },
  });
  expect(await getThreadPage(ann, root)).toMatchObject({ root: { thread: null }, items: [{ content: "" }] });
  await bob.call("DELETE", messagePath(reply));
  await postReply(ann, reply, "again");
  expect(await socket.next("threadCreate")).toMatchObject({
    data: { thread: { replyCount: 1, participantIds: [ann.userId] } },
  });
  expect(
    socket.events.map(({ type }) => type),
    "deleting twice is once",
  ).toEqual(["threadDelete", "threadCreate"]);
});

test("[TH3] a deleted root is a tombstone over readable, editable replies", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "the root's text");
  const reply = await postReply(bob, root, "kept");
  const { body: before } = await ann.call("GET", messagePath(root));
  await ann.call("DELETE", messagePath(root));
  const [deletion] = (await listEvents(channelId, bob, reply.seq)) as any[];
  expect(deletion).toMatchObject({
    type: "messageDelete",
    data: { message: { content: "", thread: before.thread } },
  });
  await bob.call("PATCH", messagePath(reply), { content: "kept, edited" });
  await postReply(ann, root, "it goes on");
  await postReply(bob, reply, "and on");
  const page = await getThreadPage(ann, root);
  expect(page.items.map(({ content }) => content)).toEqual(["kept, edited", "it goes on", "and on"]);
  expect(page.root).toMatchObject({
    content: "",
    deletedAt: expect.any(String),
    thread: { replyCount: 3, participantIds: [bob.userId, ann.userId] },
  });
  expect(JSON.stringify(await roomLog(channelId))).not.toContain("the root's text");
  for (const item of page.items)
    await (item.authorId === ann.userId ? ann : bob).call("DELETE", messagePath(item));
  expect((await getThreadPage(ann, root)).root.thread).toBeNull();
  const refusal = await expectRejected(createThread, {
    as: ann,
    params: messageParams(root),
    body: { content: "too late" },
  });
  expect(refusal.code, "nothing is left that could go on").toBe("conflict");
});

test("[TH1] [LG1] replies and a delete of one batch each count on the one before", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "root");
  const first = await postReply(ann, root, "first");
  const [anns, bobs] = [await ann.connect(channelId), await bob.connect(channelId)];
  const create = (n: number) => ({
    id: n,
    type: "threadCreate",
    data: { messageId: root.id, content: `${n}` },
  });
  await sendTogether(channelId, [
    [ann, create(1)],
    [bob, create(2)],
    [ann, { id: 3, type: "threadDelete", data: { messageId: first.id } }],
    [bob, create(4)],
    [ann, create(5)],
  ]);
  await bobs.waitForSeq(first.seq + 5);
  expect(bobs.events.map(({ data }) => (data as any).thread.replyCount)).toEqual([2, 3, 2, 3, 4]);
  expect(anns.events).toEqual(bobs.events);
  const page = await getThreadPage(bob, root);
  expect(page.root.thread).toEqual(expectedThread(page.items));
});
