import { expect, test } from "vitest";
import {
  createThread,
  getChannelMessages,
  getMessage,
  getUnreads,
  updateMessage,
} from "../../../src/protocol/index.ts";
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
import { roomLog } from "../../support/worker/objects/room-object.ts";

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  return { ann, bob, channelId, root: await postMessage(ann, channelId, "root") };
}

const unreadOf = async (as: TestUser, channelId: string) => {
  const { items } = await expectOk(getUnreads, { as });
  return items.find((item) => item.channelId === channelId)?.unread;
};
const history = async (as: TestUser, channelId: string) =>
  (await expectOk(getChannelMessages, { as, params: { channelId } })).items.map(({ content }) => content);

test("[TH1] a reply to a reply, even a deleted one, joins the thread of its root", async () => {
  const { ann, bob, channelId, root } = await scene();
  const first = await postReply(bob, root, "first");
  const second = await postReply(ann, first, "second");
  const socket = await bob.connect(channelId);
  const ack = await socket.sendCommand("threadCreate", { messageId: second.id, content: "third" });
  await ann.call("DELETE", messagePath(second));
  const fourth = await postReply(bob, second, "fourth");
  const third = (ack as any).data.message;
  expect([first, second, third, fourth].map(({ threadId }) => threadId)).toEqual(Array(4).fill(root.id));
  for (const place of [root, first, second, fourth])
    expect(await getThreadPage(ann, place)).toMatchObject({
      root: { id: root.id, thread: { replyCount: 3 } },
      items: [{ content: "first" }, { content: "", deletedAt: expect.any(String) }, third, fourth],
    });
});

test("[TH6] [RM4] creating, editing and deleting a reply are always thread events", async () => {
  const { ann, bob, channelId, root } = await scene();
  const socket = await ann.connect(channelId);
  const { seq } = root;
  const one = await postReply(bob, root, "one");
  await bob.call("PATCH", messagePath(one), { content: "one, edited" });
  await bob.call("DELETE", messagePath(one));
  const bobs = await bob.connect(channelId);
  const made = (await bobs.sendCommand("threadCreate", { messageId: root.id, content: "two" })) as any;
  const two = made.data.message;
  for (const [type, data] of [
    ["threadUpdate", { content: "two, edited" }],
    ["messageUpdate", { content: "two, again" }],
    ["threadDelete", {}],
  ] as const)
    expect(await bobs.sendCommand(type, { messageId: two.id, ...data })).toMatchObject({
      type: "ack",
      data: { message: { id: two.id } },
    });
  const three = (await bobs.sendCommand("threadCreate", { messageId: root.id, content: "three" })) as any;
  await bobs.sendCommand("messageDelete", { messageId: three.data.message.id });
  const events = await listEvents(channelId, ann, seq);
  expect(events.map(({ type }) => type)).toEqual([
    "threadCreate",
    "threadUpdate",
    "threadDelete",
    "threadCreate",
    "threadUpdate",
    "threadUpdate",
    "threadDelete",
    "threadCreate",
    "threadDelete",
  ]);
  await socket.waitForSeq(seq + 9);
  expect(socket.events.map((event) => (event as any).data.message.rev)).toEqual(
    events.map((event) => event.seq),
  );
  const later = await ann.connect(channelId, `?since=${seq}`);
  expect(later.events).toEqual(events);
});

test("[TH6] [LG2] thread edits and deletes of non-replies are 404 and use no seq", async () => {
  const { ann, channelId, root } = await scene();
  const socket = await ann.connect(channelId);
  const before = await roomLog(channelId);
  for (const type of ["threadUpdate", "threadDelete"])
    expect(
      await socket.sendCommand(type, {
        messageId: root.id,
        ...(type === "threadUpdate" && { content: "x" }),
      }),
    ).toMatchObject({ type: "error", error: { code: "not_found" } });
  expect(await roomLog(channelId)).toEqual(before);
});

test("[TH6] only its author edits a reply; a no-op edit makes no event", async () => {
  const { ann, bob, root } = await scene();
  const reply = await postReply(bob, root, "mine");
  expect(
    await expectRejected(updateMessage, { as: ann, params: messageParams(reply), body: { content: "x" } }),
  ).toMatchObject({
    code: "forbidden",
  });
  const same = await expectOk(updateMessage, {
    as: bob,
    params: messageParams(reply),
    body: { content: "mine" },
  });
  expect(same).toEqual(reply);
});

test("[TH2] a reply is in history and unread only with alsoInChannel, also when edited", async () => {
  const { ann, bob, channelId, root } = await scene();
  await expectOk(getMessage, { as: bob, params: messageParams(root) });
  expect(await unreadOf(bob, channelId)).toBe(1);
  await postReply(ann, root, "aside");
  await postReply(ann, root, "not so", { alsoInChannel: false });
  const loud = await postReply(ann, root, "loud", { alsoInChannel: true });
  expect(loud.alsoInChannel).toBe(true);
  expect(await history(bob, channelId)).toEqual(["root", "loud"]);
  expect(await unreadOf(bob, channelId)).toBe(2);
  await ann.call("PATCH", messagePath(loud), { content: "louder" });
  expect(await history(bob, channelId)).toEqual(["root", "louder"]);
  expect(await unreadOf(bob, channelId)).toBe(2);
  expect((await getThreadPage(bob, root)).items.map(({ content }) => content)).toEqual([
    "aside",
    "not so",
    "louder",
  ]);
  await ann.call("DELETE", messagePath(loud));
  expect(await history(bob, channelId)).toEqual(["root", ""]);
  expect(await unreadOf(bob, channelId)).toBe(1);
  const [, , gone] = (await getThreadPage(bob, root)).items;
  expect(gone).toMatchObject({ alsoInChannel: true, content: "" });
});

test("[TH1] [LG2] replying to unknown, foreign or deleted messages is rejected", async () => {
  const { ann, bob, channelId, root } = await scene();
  const other = await createChannelFor(bob);
  const elsewhere = await postMessage(bob, other, "elsewhere");
  const gone = await postMessage(ann, channelId, "gone");
  await ann.call("DELETE", messagePath(gone));
  const before = await roomLog(channelId);
  const reply = (as: TestUser, id: string) =>
    expectRejected(createThread, { as, params: messageParams({ channelId, id }), body: { content: "x" } });
  expect((await reply(ann, elsewhere.id)).code).toBe("not_found");
  expect((await reply(ann, root.id.replace(/.{6}$/, "ZZZZZZ"))).code).toBe("not_found");
  expect((await reply(ann, gone.id)).code).toBe("conflict");
  const [eve] = (await createUsers("eve")) as [TestUser];
  expect((await reply(eve, root.id)).code).toBe("forbidden");
  expect(await roomLog(channelId)).toEqual(before);
});
