import { expect, test } from "vitest";
import { getMessage, getPins, type Message, pinMessage, unpinMessage } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { messageParams, messagePath, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, roomLog } from "../../support/worker/objects/room-object.ts";

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  return { ann, bob, channelId: await createChannelFor(ann, [bob]) };
}

const pin = (as: TestUser, message: { channelId: string; id: string }) =>
  expectOk(pinMessage, { as, params: messageParams(message) });
const unpin = (as: TestUser, message: { channelId: string; id: string }) =>
  expectOk(unpinMessage, { as, params: messageParams(message) });

async function pinned(as: TestUser, channelId: string, limit = 100) {
  const items = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await expectOk(getPins, {
      as,
      params: { channelId },
      query: { limit, ...(cursor && { cursor }) },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
const contents = async (as: TestUser, channelId: string) =>
  (await pinned(as, channelId)).map(({ content }) => content);

test("[RX3] 100 pins are the limit; unpinning and deletion make room; pins are paged", async () => {
  const { ann, bob, channelId } = await scene();
  const socket = await ann.connect(channelId);
  const messages: Message[] = [];
  for (let n = 0; n < 102; n++)
    messages.push(((await socket.sendCommand("messageCreate", { content: `m${n}` })) as any).data.message);
  for (const { id } of messages.slice(0, 99)) socket.send({ type: "messagePin", data: { messageId: id } });
  await socket.sendCommand("messagePin", { messageId: messages[99]!.id });
  await evictRoom(channelId);
  const full = await roomLog(channelId);
  expect((await expectRejected(pinMessage, { as: bob, params: messageParams(messages[100]!) })).code).toBe(
    "conflict",
  );
  expect(await socket.sendCommand("messagePin", { messageId: messages[100]!.id })).toMatchObject({
    type: "error",
    error: { code: "conflict" },
  });
  await pin(bob, messages[5]!);
  expect(await roomLog(channelId), "what is pinned may be pinned again").toEqual(full);
  const newestFirst = messages
    .slice(0, 100)
    .reverse()
    .map(({ id }) => id);
  for (const limit of [1, 33, 99, 100])
    expect((await pinned(ann, channelId, limit)).map(({ id }) => id)).toEqual(newestFirst);
  const whole = await expectOk(getPins, { as: ann, params: { channelId }, query: { limit: 100 } });
  expect(whole).toMatchObject({ nextCursor: null, seq: full.length });
  await unpin(bob, messages[0]!);
  await pin(bob, messages[100]!);
  expect((await expectRejected(pinMessage, { as: bob, params: messageParams(messages[101]!) })).code).toBe(
    "conflict",
  );
  await ann.call("DELETE", messagePath(messages[1]!));
  await pin(bob, messages[101]!);
  expect((await pinned(ann, channelId)).map(({ id }) => id)).toEqual(
    messages
      .slice(2)
      .reverse()
      .map(({ id }) => id),
  );
});

test("[RX3] repeated pins and unpins count once over both transports; the first stays", async () => {
  const { ann, bob, channelId } = await scene();
  const message = await postMessage(ann, channelId, "m");
  const unpinned = await roomLog(channelId);
  await unpin(ann, message);
  expect(await roomLog(channelId)).toEqual(unpinned);
  expect(await pin(ann, message)).toEqual({ messageId: message.id, userId: ann.userId });
  const once = await roomLog(channelId);
  await pin(bob, message);
  const socket = await bob.connect(channelId);
  expect((await socket.sendCommand("messagePin", { messageId: message.id })).type).toBe("ack");
  expect(await roomLog(channelId)).toEqual(once);
  expect(await pinned(ann, channelId)).toMatchObject([
    { id: message.id, pinned: true, pinnedBy: ann.userId, pinnedAt: new Date(once.at(-1)!.at).toISOString() },
  ]);
  expect(await expectOk(getMessage, { as: bob, params: messageParams(message) })).toMatchObject({
    pinned: true,
    rev: once.length,
  });
  await unpin(bob, message);
  expect((await socket.sendCommand("messageUnpin", { messageId: message.id })).type).toBe("ack");
  await unpin(ann, message);
  expect(socket.events.map(({ type, data }) => [type, (data as any).userId])).toEqual([
    ["messageUnpin", bob.userId],
  ]);
  expect(await pinned(ann, channelId)).toEqual([]);
  expect((await expectOk(getMessage, { as: bob, params: messageParams(message) })).pinned).toBe(false);
});

test("[RX3] the last pinned comes first; pinning again moves up, editing does not", async () => {
  const { ann, channelId } = await scene();
  const [one, two, three] = [
    await postMessage(ann, channelId, "1"),
    await postMessage(ann, channelId, "2"),
    await postMessage(ann, channelId, "3"),
  ];
  for (const message of [two, three, one]) await pin(ann, message);
  expect(await contents(ann, channelId)).toEqual(["1", "3", "2"]);
  await unpin(ann, two);
  await pin(ann, two);
  await ann.call("PATCH", messagePath(three), { content: "3, edited" });
  await ann.call("PUT", `${messagePath(three)}/reactions/👍`);
  expect(await contents(ann, channelId)).toEqual(["2", "1", "3, edited"]);
  expect((await pinned(ann, channelId))[2]!.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
});

test("[RX3] [LG7] replies can be pinned; deleted messages are unpinned for good", async () => {
  const { ann, bob, channelId } = await scene();
  const root = await postMessage(ann, channelId, "root");
  const reply = await postReply(bob, root, "reply");
  await pin(ann, reply);
  await pin(bob, root);
  expect(await contents(ann, channelId)).toEqual(["root", "reply"]);
  await bob.call("DELETE", messagePath(reply));
  await ann.call("DELETE", messagePath(root));
  expect(await pinned(ann, channelId)).toEqual([]);
  for (const message of [root, reply]) {
    expect(await expectOk(getMessage, { as: ann, params: messageParams(message) })).toMatchObject({
      pinned: false,
      content: "",
    });
    expect((await expectRejected(pinMessage, { as: ann, params: messageParams(message) })).code).toBe(
      "conflict",
    );
    await unpin(ann, message);
  }
});

test("[RX3] [LG2] pins by non-members, across channels or when archived are rejected", async () => {
  const { ann, bob, channelId } = await scene();
  const [eve] = (await createUsers("eve")) as [TestUser];
  const message = await postMessage(ann, channelId, "m");
  const elsewhere = { channelId, id: (await postMessage(ann, await createChannelFor(ann), "x")).id };
  await pin(ann, message);
  const before = await roomLog(channelId);
  for (const endpoint of [pinMessage, unpinMessage]) {
    expect((await expectRejected(endpoint, { as: eve, params: messageParams(message) })).code).toBe(
      "forbidden",
    );
    expect((await expectRejected(endpoint, { as: bob, params: messageParams(elsewhere) })).code).toBe(
      "not_found",
    );
  }
  expect(await roomLog(channelId)).toEqual(before);
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  for (const endpoint of [pinMessage, unpinMessage])
    expect((await expectRejected(endpoint, { as: bob, params: messageParams(message) })).code).toBe(
      "conflict",
    );
  expect(await contents(bob, channelId)).toEqual(["m"]);
  expect(await contents(eve, channelId), "a public channel's pins are everybody's to read").toEqual(["m"]);
});

test("[RX3] concurrent pins of one message make one pin; two at the limit make one", async () => {
  const { ann, bob, channelId } = await scene();
  const message = await postMessage(ann, channelId, "m");
  const before = (await roomLog(channelId)).length;
  await Promise.all(Array.from({ length: 20 }, (_, n) => pin(n % 2 ? ann : bob, message)));
  expect((await roomLog(channelId)).length).toBe(before + 1);
  const socket = await ann.connect(channelId);
  const ids: string[] = [];
  for (let n = 0; n < 100; n++)
    ids.push(((await socket.sendCommand("messageCreate", { content: `${n}` })) as any).data.message.id);
  for (const id of ids.slice(0, 98)) await socket.sendCommand("messagePin", { messageId: id });
  const both = await Promise.all(
    ids.slice(98).map((id, n) => (n ? ann : bob).call("PUT", `${messagePath({ channelId, id })}/pin`)),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await pinned(ann, channelId)).toHaveLength(100);
});
