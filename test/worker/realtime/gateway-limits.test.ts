import { expect, test, vi } from "vitest";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const channelsOf = (ann: TestUser, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => createChannelFor(ann)));

test("[GW7] a socket has a maximum of subscriptions; unsubscribing makes room", async () => {
  setWorkerConfig({ GATEWAY_CHANNELS: 3 });
  const ann = await createUser("ann");
  const ids = (await channelsOf(ann, 5)) as [string, string, string, string, string];
  const socket = await connectGateway(ann);
  const answers = await Promise.all(ids.map((id) => socket.subscribe(id)));
  expect(answers.map(({ type }) => type)).toEqual([
    "subscribed",
    "subscribed",
    "subscribed",
    "error",
    "error",
  ]);
  expect(answers[3]).toMatchObject({ channelId: ids[3], error: { code: "conflict" } });
  // Subscribing again to the same channel does not count.
  expect(await socket.subscribe(ids[0])).toMatchObject({ type: "subscribed" });
  socket.send({ type: "unsubscribe", channelId: ids[0] });
  expect(await socket.subscribe(ids[3])).toMatchObject({ type: "subscribed" });
  expect(await socket.subscribe(ids[4])).toMatchObject({ type: "error" });
  // The channel of a command is not counted.
  expect(await socket.sendCommand("messageCreate", { content: "a" }, ids[4])).toMatchObject({ type: "ack" });
});

test("[GW7] rejected and restarted subscriptions do not count", async () => {
  setWorkerConfig({ GATEWAY_CHANNELS: 1 });
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  expect(await socket.subscribe("chn_01ARZ3NDEKTSV4RRFFQ69G5FAV")).toMatchObject({
    error: { code: "not_found" },
  });
  expect(await socket.subscribe(id)).toMatchObject({ type: "subscribed" });
});

test("[GW7] a maximum of subscriptions open at a time, others queue", async () => {
  setWorkerConfig({ GATEWAY_OPENING: 3 });
  const ann = await createUser("ann");
  const ids = await channelsOf(ann, 10);
  const fetch = ChannelRoom.prototype.fetch;
  let [opening, most] = [0, 0];
  const spy = vi.spyOn(ChannelRoom.prototype, "fetch").mockImplementation(async function (
    this: ChannelRoom,
    request,
  ) {
    most = Math.max(most, ++opening);
    await scheduler.wait(20);
    opening--;
    return fetch.call(this, request);
  });
  const socket = await connectGateway(ann);
  const answers = await Promise.all(ids.map((id) => socket.subscribe(id)));
  spy.mockRestore();
  expect(answers.map(({ type }) => type)).toEqual(ids.map(() => "subscribed"));
  expect(most).toBe(3);
});

test("[GW7] the socket closes with 1012 before its subrequests are used up", async () => {
  setWorkerConfig({ GATEWAY_SUBREQUESTS: 16 });
  const ann = await createUser("ann");
  const ids = await channelsOf(ann, 6);
  const socket = await connectGateway(ann);
  for (const id of ids) await socket.expectSubscribed(id);
  // Two subrequests for a subscription (hub and room), two for a command without a subscription, none with one.
  for (let n = 0; n < 20; n++)
    expect(await socket.sendCommand("messageCreate", { content: `${n}` }, ids[0])).toMatchObject({
      type: "ack",
    });
  await socket.unsubscribe(ids[0]!);
  for (let n = 0; n < 2; n++)
    expect(await socket.sendCommand("messageCreate", { content: `${n}` }, ids[0])).toMatchObject({
      type: "ack",
    });
  socket.send({ ...messageFrame("one too many", "n", 1), channelId: ids[0] });
  expect((await socket.closed).code).toBe(1012);
  expect((await listEvents(ids[0]!, ann)).at(-1)).toMatchObject({ data: { message: { content: "1" } } });
});

test("[GW7] the socket closes with 1012 before its CPU time is used up", async () => {
  setWorkerConfig({ GATEWAY_FRAMES: 100 });
  const ann = await createUser("ann");
  const socket = await connectGateway(ann);
  for (let n = 0; n < 120; n++) socket.send({ type: "ping", id: n });
  expect((await socket.closed).code).toBe(1012);
  expect(socket.seen.filter(({ type }) => type === "pong")).toHaveLength(99);
});

test("[GW7] [BW1] a long frame counts for its processing time", async () => {
  setWorkerConfig({ GATEWAY_FRAMES: 100 });
  const socket = await connectGateway(await createUser("ann"));
  for (let n = 0; n < 20; n++) socket.send(`${JSON.stringify({ type: "ping", id: n })}${" ".repeat(60_000)}`);
  expect((await socket.closed).code).toBe(1012);
  expect(socket.seen.filter(({ type }) => type === "pong")).toHaveLength(6);
});

test("[GW7] a socket's queue is bounded: above it `unavailable`, the rest in order", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  for (let n = 0; n < 50; n++)
    socket.send(
      JSON.stringify({ ...messageFrame(`${n}`, undefined, n), channelId: id }) + " ".repeat(60_000),
    );
  for (let n = 0; n < 50; n++)
    await socket.waitFor((item) => (item.type === "ack" || item.type === "error") && item.id === n);
  const refused = socket.seen.filter(({ type }) => type === "error");
  expect(refused.length).toBeGreaterThan(5);
  for (const { error } of refused as { error: object }[])
    expect(error).toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
  const acks = socket.seen.flatMap((item) => (item.type === "ack" ? [item.id as number] : []));
  expect(acks.length + refused.length).toBe(50);
  expect(acks).toEqual(acks.toSorted((a, b) => a - b));
  expect(acks.length).toBeGreaterThan(30);
  expect(await socket.sendCommand("messageCreate", { content: "later" }, id)).toMatchObject({ type: "ack" });
});

test("[GW8] a silent client is closed with 4408; any frame or bare `ping` prevents it", async () => {
  setWorkerConfig({ SOCKET_IDLE_TIMEOUT_MS: 400 });
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const [silent, alive] = [await connectGateway(ann), await connectGateway(ann)];
  await silent.expectSubscribed(id);
  const startedAt = Date.now();
  let closedAt = 0;
  void silent.closed.then(() => (closedAt = Date.now()));
  while (Date.now() - startedAt < 1_200) {
    alive.send("ping");
    await scheduler.wait(100);
  }
  expect((await silent.closed).code).toBe(4408);
  expect(closedAt - startedAt).toBeLessThan(900);
  expect(alive.frames.at(-1)).toBe("pong");
  expect(await alive.sendCommand("messageCreate", { content: "here" }, id)).toMatchObject({ type: "ack" });
});
