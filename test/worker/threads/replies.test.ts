import { expect, test } from "vitest";
import {
  createThread,
  getChannelMessages,
  getMessage,
  getUnreads,
  updateMessage,
} from "../../../src/protocol/index.ts";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { ok, refused } from "../../support/worker/endpoints.ts";
import { eventsOf, logOf } from "../../support/worker/room.ts";
import { answer, at, pathOf, say, threadOf } from "../../support/worker/talk.ts";

async function scene() {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob]);
  return { ann, bob, channelId, root: await say(ann, channelId, "root") };
}

const unreadOf = async (as: Person, channelId: string) => {
  const { items } = await ok(getUnreads, { as });
  return items.find((item) => item.channelId === channelId)?.unread;
};
const history = async (as: Person, channelId: string) =>
  (await ok(getChannelMessages, { as, params: { channelId } })).items.map(({ content }) => content);

test("[TH1] a reply to a reply, and to a deleted reply, joins the thread of the root, over both doors", async () => {
  const { ann, bob, channelId, root } = await scene();
  const first = await answer(bob, root, "first");
  const second = await answer(ann, first, "second");
  const socket = await bob.connect(channelId);
  const ack = await socket.ask("threadCreate", { messageId: second.id, content: "third" });
  await ann.call("DELETE", pathOf(second));
  const fourth = await answer(bob, second, "fourth");
  const third = (ack as any).data.message;
  expect([first, second, third, fourth].map(({ threadId }) => threadId)).toEqual(Array(4).fill(root.id));
  for (const place of [root, first, second, fourth])
    expect(await threadOf(ann, place)).toMatchObject({
      root: { id: root.id, thread: { replyCount: 3 } },
      items: [{ content: "first" }, { content: "", deletedAt: expect.any(String) }, third, fourth],
    });
});

test("[TH6] [RM4] a reply's creation, edit and deletion by any path are thread events, the same live and later", async () => {
  const { ann, bob, channelId, root } = await scene();
  const socket = await ann.connect(channelId);
  const { seq } = root;
  const one = await answer(bob, root, "one");
  await bob.call("PATCH", pathOf(one), { content: "one, edited" });
  await bob.call("DELETE", pathOf(one));
  const bobs = await bob.connect(channelId);
  const made = (await bobs.ask("threadCreate", { messageId: root.id, content: "two" })) as any;
  const two = made.data.message;
  for (const [type, data] of [
    ["threadUpdate", { content: "two, edited" }],
    ["messageUpdate", { content: "two, again" }],
    ["threadDelete", {}],
  ] as const)
    expect(await bobs.ask(type, { messageId: two.id, ...data })).toMatchObject({
      type: "ack",
      data: { message: { id: two.id } },
    });
  const three = (await bobs.ask("threadCreate", { messageId: root.id, content: "three" })) as any;
  await bobs.ask("messageDelete", { messageId: three.data.message.id });
  const events = await eventsOf(channelId, ann, seq);
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
  await socket.caughtUp(seq + 9);
  expect(socket.events.map((event) => (event as any).data.message.rev)).toEqual(
    events.map((event) => event.seq),
  );
  const later = await ann.connect(channelId, `?since=${seq}`);
  expect(later.events).toEqual(events);
});

test("[TH6] [LG2] threadUpdate and threadDelete of what is no reply are 404, change nothing and burn no seq", async () => {
  const { ann, channelId, root } = await scene();
  const socket = await ann.connect(channelId);
  const before = await logOf(channelId);
  for (const type of ["threadUpdate", "threadDelete"])
    expect(
      await socket.ask(type, { messageId: root.id, ...(type === "threadUpdate" && { content: "x" }) }),
    ).toMatchObject({ type: "error", error: { code: "not_found" } });
  expect(await logOf(channelId)).toEqual(before);
});

test("[TH6] only its author edits a reply; an edit of nothing is none", async () => {
  const { ann, bob, root } = await scene();
  const reply = await answer(bob, root, "mine");
  expect(await refused(updateMessage, { as: ann, params: at(reply), body: { content: "x" } })).toMatchObject({
    code: "forbidden",
  });
  const same = await ok(updateMessage, { as: bob, params: at(reply), body: { content: "mine" } });
  expect(same).toEqual(reply);
});

test("[TH2] a reply is in history and unread only with alsoInChannel, also when edited and deleted", async () => {
  const { ann, bob, channelId, root } = await scene();
  await ok(getMessage, { as: bob, params: at(root) });
  expect(await unreadOf(bob, channelId)).toBe(1);
  await answer(ann, root, "aside");
  await answer(ann, root, "not so", { alsoInChannel: false });
  const loud = await answer(ann, root, "loud", { alsoInChannel: true });
  expect(loud.alsoInChannel).toBe(true);
  expect(await history(bob, channelId)).toEqual(["root", "loud"]);
  expect(await unreadOf(bob, channelId)).toBe(2);
  await ann.call("PATCH", pathOf(loud), { content: "louder" });
  expect(await history(bob, channelId)).toEqual(["root", "louder"]);
  expect(await unreadOf(bob, channelId)).toBe(2);
  expect((await threadOf(bob, root)).items.map(({ content }) => content)).toEqual([
    "aside",
    "not so",
    "louder",
  ]);
  await ann.call("DELETE", pathOf(loud));
  expect(await history(bob, channelId)).toEqual(["root", ""]);
  expect(await unreadOf(bob, channelId)).toBe(1);
  const [, , gone] = (await threadOf(bob, root)).items;
  expect(gone).toMatchObject({ alsoInChannel: true, content: "" });
});

test("[TH1] [LG2] what may not be replied to is refused: unknown, of another channel, deleted without a thread", async () => {
  const { ann, bob, channelId, root } = await scene();
  const other = await channelOf(bob);
  const elsewhere = await say(bob, other, "elsewhere");
  const gone = await say(ann, channelId, "gone");
  await ann.call("DELETE", pathOf(gone));
  const before = await logOf(channelId);
  const reply = (as: Person, id: string) =>
    refused(createThread, { as, params: at({ channelId, id }), body: { content: "x" } });
  expect((await reply(ann, elsewhere.id)).code).toBe("not_found");
  expect((await reply(ann, root.id.replace(/.{6}$/, "ZZZZZZ"))).code).toBe("not_found");
  expect((await reply(ann, gone.id)).code).toBe("conflict");
  const [eve] = (await people("eve")) as [Person];
  expect((await reply(eve, root.id)).code).toBe("forbidden");
  expect(await logOf(channelId)).toEqual(before);
});
