import { expect, test } from "vitest";
import { getMessage, getPins, type Message, pinMessage, unpinMessage } from "../../../src/protocol/index.ts";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { ok, refused } from "../../support/worker/endpoints.ts";
import { hibernate, logOf } from "../../support/worker/room.ts";
import { answer, at, pathOf, say } from "../../support/worker/talk.ts";

async function scene() {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  return { ann, bob, channelId: await channelOf(ann, [bob]) };
}

const pin = (as: Person, message: { channelId: string; id: string }) =>
  ok(pinMessage, { as, params: at(message) });
const unpin = (as: Person, message: { channelId: string; id: string }) =>
  ok(unpinMessage, { as, params: at(message) });

async function pinned(as: Person, channelId: string, limit = 100) {
  const items = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await ok(getPins, {
      as,
      params: { channelId },
      query: { limit, ...(cursor && { cursor }) },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
const contents = async (as: Person, channelId: string) =>
  (await pinned(as, channelId)).map(({ content }) => content);

test("[RX3] a hundred pins, not a hundred and one; room is made by unpinning and by deletion; the list pages", async () => {
  const { ann, bob, channelId } = await scene();
  const socket = await ann.connect(channelId);
  const messages: Message[] = [];
  for (let n = 0; n < 102; n++)
    messages.push(((await socket.ask("messageCreate", { content: `m${n}` })) as any).data.message);
  for (const { id } of messages.slice(0, 99)) socket.send({ type: "messagePin", data: { messageId: id } });
  await socket.ask("messagePin", { messageId: messages[99]!.id });
  await hibernate(channelId);
  const full = await logOf(channelId);
  expect((await refused(pinMessage, { as: bob, params: at(messages[100]!) })).code).toBe("conflict");
  expect(await socket.ask("messagePin", { messageId: messages[100]!.id })).toMatchObject({
    type: "error",
    error: { code: "conflict" },
  });
  await pin(bob, messages[5]!);
  expect(await logOf(channelId), "what is pinned may be pinned again").toEqual(full);
  const newestFirst = messages
    .slice(0, 100)
    .reverse()
    .map(({ id }) => id);
  for (const limit of [1, 33, 99, 100])
    expect((await pinned(ann, channelId, limit)).map(({ id }) => id)).toEqual(newestFirst);
  const whole = await ok(getPins, { as: ann, params: { channelId }, query: { limit: 100 } });
  expect(whole).toMatchObject({ nextCursor: null, seq: full.length });
  await unpin(bob, messages[0]!);
  await pin(bob, messages[100]!);
  expect((await refused(pinMessage, { as: bob, params: at(messages[101]!) })).code).toBe("conflict");
  await ann.call("DELETE", pathOf(messages[1]!));
  await pin(bob, messages[101]!);
  expect((await pinned(ann, channelId)).map(({ id }) => id)).toEqual(
    messages
      .slice(2)
      .reverse()
      .map(({ id }) => id),
  );
});

test("[RX3] pinning and unpinning twice is once; the first who pinned stays; over both doors", async () => {
  const { ann, bob, channelId } = await scene();
  const message = await say(ann, channelId, "m");
  const unpinned = await logOf(channelId);
  await unpin(ann, message);
  expect(await logOf(channelId)).toEqual(unpinned);
  expect(await pin(ann, message)).toEqual({ messageId: message.id, userId: ann.userId });
  const once = await logOf(channelId);
  await pin(bob, message);
  const socket = await bob.connect(channelId);
  expect((await socket.ask("messagePin", { messageId: message.id })).type).toBe("ack");
  expect(await logOf(channelId)).toEqual(once);
  expect(await pinned(ann, channelId)).toMatchObject([
    { id: message.id, pinned: true, pinnedBy: ann.userId, pinnedAt: new Date(once.at(-1)!.at).toISOString() },
  ]);
  expect(await ok(getMessage, { as: bob, params: at(message) })).toMatchObject({
    pinned: true,
    rev: once.length,
  });
  await unpin(bob, message);
  expect((await socket.ask("messageUnpin", { messageId: message.id })).type).toBe("ack");
  await unpin(ann, message);
  expect(socket.events.map(({ type, data }) => [type, (data as any).userId])).toEqual([
    ["messageUnpin", bob.userId],
  ]);
  expect(await pinned(ann, channelId)).toEqual([]);
  expect((await ok(getMessage, { as: bob, params: at(message) })).pinned).toBe(false);
});

test("[RX3] last pinned comes first, whatever was written when; what is pinned anew moves up; an edit moves nothing", async () => {
  const { ann, channelId } = await scene();
  const [one, two, three] = [
    await say(ann, channelId, "1"),
    await say(ann, channelId, "2"),
    await say(ann, channelId, "3"),
  ];
  for (const message of [two, three, one]) await pin(ann, message);
  expect(await contents(ann, channelId)).toEqual(["1", "3", "2"]);
  await unpin(ann, two);
  await pin(ann, two);
  await ann.call("PATCH", pathOf(three), { content: "3, edited" });
  await ann.call("PUT", `${pathOf(three)}/reactions/👍`);
  expect(await contents(ann, channelId)).toEqual(["2", "1", "3, edited"]);
  expect((await pinned(ann, channelId))[2]!.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
});

test("[RX3] [LG7] replies are pinned too; a deleted message or reply is pinned no longer and can't be pinned", async () => {
  const { ann, bob, channelId } = await scene();
  const root = await say(ann, channelId, "root");
  const reply = await answer(bob, root, "reply");
  await pin(ann, reply);
  await pin(bob, root);
  expect(await contents(ann, channelId)).toEqual(["root", "reply"]);
  await bob.call("DELETE", pathOf(reply));
  await ann.call("DELETE", pathOf(root));
  expect(await pinned(ann, channelId)).toEqual([]);
  for (const message of [root, reply]) {
    expect(await ok(getMessage, { as: ann, params: at(message) })).toMatchObject({
      pinned: false,
      content: "",
    });
    expect((await refused(pinMessage, { as: ann, params: at(message) })).code).toBe("conflict");
    await unpin(ann, message);
  }
});

test("[RX3] [LG2] strangers, other channels' messages and archived channels: refused, and nothing is logged", async () => {
  const { ann, bob, channelId } = await scene();
  const [eve] = (await people("eve")) as [Person];
  const message = await say(ann, channelId, "m");
  const elsewhere = { channelId, id: (await say(ann, await channelOf(ann), "x")).id };
  await pin(ann, message);
  const before = await logOf(channelId);
  for (const endpoint of [pinMessage, unpinMessage]) {
    expect((await refused(endpoint, { as: eve, params: at(message) })).code).toBe("forbidden");
    expect((await refused(endpoint, { as: bob, params: at(elsewhere) })).code).toBe("not_found");
  }
  expect(await logOf(channelId)).toEqual(before);
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  for (const endpoint of [pinMessage, unpinMessage])
    expect((await refused(endpoint, { as: bob, params: at(message) })).code).toBe("conflict");
  expect(await contents(bob, channelId)).toEqual(["m"]);
  expect(await contents(eve, channelId), "a public channel's pins are everybody's to read").toEqual(["m"]);
});

test("[RX3] twenty people who pin one message at once make one pin and one event; two who pin the hundredth, one", async () => {
  const { ann, bob, channelId } = await scene();
  const message = await say(ann, channelId, "m");
  const before = (await logOf(channelId)).length;
  await Promise.all(Array.from({ length: 20 }, (_, n) => pin(n % 2 ? ann : bob, message)));
  expect((await logOf(channelId)).length).toBe(before + 1);
  const socket = await ann.connect(channelId);
  const ids: string[] = [];
  for (let n = 0; n < 100; n++)
    ids.push(((await socket.ask("messageCreate", { content: `${n}` })) as any).data.message.id);
  for (const id of ids.slice(0, 98)) await socket.ask("messagePin", { messageId: id });
  const both = await Promise.all(
    ids.slice(98).map((id, n) => (n ? ann : bob).call("PUT", `${pathOf({ channelId, id })}/pin`)),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await pinned(ann, channelId)).toHaveLength(100);
});
