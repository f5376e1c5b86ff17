import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";

const contentsOf = async (channelId: string, reader: TestUser): Promise<string[]> =>
  (await listEvents(channelId, reader)).flatMap(({ type, data }) =>
    type === "messageCreate" ? [(data as { message: { content: string } }).message.content] : [],
  );
const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n}`);
const answers = (socket: GatewaySocket) =>
  socket.seen.flatMap((item) => (item.type === "ack" || item.type === "error" ? [item.id] : []));
const hasAnswered = (socket: GatewaySocket, id: string | number) =>
  socket.waitFor((item) => (item.type === "ack" || item.type === "error") && item.id === id);

/** Blocks all calls to this room until the returned function is called. */
async function holdRoom(channelId: string): Promise<() => void> {
  let [held, begun] = [true, false];
  void runInDurableObject(roomStub(channelId), (_, state) =>
    state.blockConcurrencyWhile(async () => {
      begun = true;
      while (held) await scheduler.wait(1);
    }),
  );
  while (!begun) await scheduler.wait(1);
  return () => void (held = false);
}

test.each([true, false])(
  "[GW3] commands of a socket are executed and answered in order, subscribed: %s",
  async (isSubscribed) => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    const socket = await connectGateway(ann);
    if (isSubscribed) await socket.expectSubscribed(id);
    for (const n of numbers(40)) socket.send({ ...messageFrame(n, n, n), channelId: id });
    await hasAnswered(socket, "39");
    expect(await contentsOf(id, ann)).toEqual(numbers(40));
    expect(answers(socket)).toEqual(numbers(40));
    if (isSubscribed) await socket.waitFor((item) => "seq" in item && item.seq === 42);
    expect(socket.eventsOf(id)).toHaveLength(isSubscribed ? 40 : 0);
  },
);

test.each([true, false])(
  "[GW3] [RM7] a command that waits outside delays those after it, subscribed: %s",
  async (isSubscribed) => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    const socket = await connectGateway(ann);
    if (isSubscribed) await socket.expectSubscribed(id);
    const rename = { type: "channelUpdate", data: { name: `renamed ${id}` } };
    socket.send({ ...messageFrame("before", undefined, 1), channelId: id });
    socket.send({ ...rename, id: 2, channelId: id });
    socket.send({ ...messageFrame("after", undefined, 3), channelId: id });
    await hasAnswered(socket, 3);
    expect(answers(socket)).toEqual([1, 2, 3]);
    expect((await listEvents(id, ann)).slice(2).map(({ type }) => type)).toEqual([
      "messageCreate",
      "channelUpdate",
      "messageCreate",
    ]);
  },
);

test("[GW3] [GW4] frames around `subscribe` and `unsubscribe` keep their order", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(bob);
  const frames = [
    messageFrame("0", "0", "c0"),
    { type: "subscribe", id: "s1", data: { since: 0 } },
    messageFrame("1", "1", "c1"),
    messageFrame("2", "2", "c2"),
    { type: "unsubscribe", id: "u1" },
    { type: "typing", id: "t" },
    messageFrame("3", "3", "c3"),
    { type: "unsubscribe", id: "u2" },
    { type: "subscribe", id: "s2" },
    messageFrame("4", "4", "c4"),
  ];
  for (const frame of frames) socket.send({ ...frame, channelId: id });
  await hasAnswered(socket, "c4");
  await socket.waitFor((item) => "seq" in item && item.seq === 8);
  expect(await contentsOf(id, ann)).toEqual(numbers(5));
  expect(answers(socket)).toEqual(["c0", "c1", "c2", "t", "c3", "c4"]);
  const marks = socket.seen.flatMap((item) => {
    if (item.type === "subscribed" || item.type === "unsubscribed") return [item.type];
    return item.type === "ack" || item.type === "error" ? [`${item.type} ${item.id}`] : [];
  });
  expect(marks).toEqual([
    "ack c0",
    "subscribed",
    "ack c1",
    "ack c2",
    "unsubscribed",
    "error t",
    "ack c3",
    "unsubscribed",
    "subscribed",
    "ack c4",
  ]);
  expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 8]);
});

test("[GW3] a room that does not answer delays only its own channel", async () => {
  const ann = await createUser("ann");
  const [slow, fast] = [await createChannelFor(ann), await createChannelFor(ann)];
  const socket = await connectGateway(ann);
  const release = await holdRoom(slow);
  socket.send({ type: "subscribe", id: "s", channelId: slow });
  for (const n of numbers(3)) socket.send({ ...messageFrame(n, n, `slow ${n}`), channelId: slow });
  await socket.expectSubscribed(fast);
  expect(await socket.sendCommand("messageCreate", { content: "fast" }, fast)).toMatchObject({ type: "ack" });
  expect(socket.envelopesOf(slow)).toEqual([]);
  release();
  await hasAnswered(socket, "slow 2");
  expect(await contentsOf(slow, ann)).toEqual(numbers(3));
});

test("[GW3] [NC1] [NC4] a nonce is deduplicated across transports, and the ack says so", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  const data = { content: "once", nonce: "n" };
  const first = (await socket.sendCommand("messageCreate", data, id)) as { data: object };
  expect(first.data).not.toHaveProperty("deduplicated");
  const again = await socket.sendCommand("messageCreate", data, id);
  await socket.expectSubscribed(id);
  const subscribed = await socket.sendCommand("messageCreate", data, id);
  for (const answer of [again, subscribed])
    expect(answer).toMatchObject({ type: "ack", data: { ...first.data, deduplicated: true } });
  expect(await socket.sendCommand("messageCreate", { ...data, content: "other" }, id)).toMatchObject({
    error: { code: "nonce_reused" },
  });
  expect(await contentsOf(id, ann)).toEqual(["once"]);
});

test("[GW3] [RM1] commands without an event are acknowledged, never as deduplicated", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  for (let time = 0; time < 2; time++)
    expect(await socket.sendCommand("notificationLevel", { level: "none" }, id)).toEqual({
      type: "ack",
      id: expect.anything(),
      data: { level: "none" },
    });
});
