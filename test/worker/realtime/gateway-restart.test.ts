import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { blockHub, evictHub, hubStub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, inRoom, roomStub } from "../../support/worker/objects/room-object.ts";

/** Restarts a room, which closes its sockets, as when its server is replaced. */
const restart = (channelId: string): Promise<void> =>
  evictDurableObject(roomStub(channelId), { webSockets: "close" });
const heard = (socket: GatewaySocket, channelId: string, seq: number) =>
  socket.waitFor(
    (item) => "channelId" in item && item.channelId === channelId && "seq" in item && item.seq === seq,
  );

test("[GW5] a restarting room ends only its subscription with a retry time; it resumes", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const [id, other] = [await createChannelFor(ann, [bob]), await createChannelFor(ann, [bob])];
  const socket = await connectGateway(bob);
  const { seq: since, epoch } = (await socket.expectSubscribed(id)).data;
  await socket.expectSubscribed(other);
  await restart(id);
  const { data } = await socket.waitForUnsubscribed(id, 0);
  expect(data).toEqual({ reason: "restart", retryAfterMs: expect.any(Number) });
  expect(data.retryAfterMs).toBeGreaterThanOrEqual(200);
  expect(data.retryAfterMs).toBeLessThanOrEqual(2_000);
  await ann.call("POST", `/v1/channels/${other}/messages`, { content: "elsewhere" });
  await heard(socket, other, 4);
  await ann.call("POST", `/v1/channels/${id}/messages`, { content: "missed" });
  await socket.expectSubscribed(id, { since, epoch });
  await ann.call("POST", `/v1/channels/${id}/messages`, { content: "live" });
  await heard(socket, id, 5);
  expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual([4, 5]);
});

test("[GW5] clients of a restarted room get different retry times", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const sockets = await Promise.all(Array.from({ length: 12 }, () => connectGateway(ann)));
  for (const socket of sockets) await socket.expectSubscribed(id);
  await restart(id);
  const waits = await Promise.all(
    sockets.map(async (socket) => (await socket.waitForUnsubscribed(id, 0)).data.retryAfterMs),
  );
  expect(new Set(waits).size).toBeGreaterThan(6);
});

test("[GW5] commands to a restarted room take the fallback path, after earlier ones", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  await socket.expectSubscribed(id);
  await restart(id);
  await socket.waitForUnsubscribed(id, 0);
  for (let n = 0; n < 3; n++)
    expect(await socket.sendCommand("messageCreate", { content: `${n}` }, id)).toMatchObject({ type: "ack" });
  expect((await listEvents(id, ann)).map(({ seq }) => seq)).toEqual(sequenceFrom(1, 5));
  expect(socket.eventsOf(id)).toEqual([]);
});

/** Aborts the room while Ann's first command waits for Bob's hub, which is blocked, and `frame` waits behind it. */
async function dieMeanwhile(frame: object): Promise<{ id: string; socket: GatewaySocket }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  await socket.expectSubscribed(id);
  const release = await blockHub(bob.userId);
  socket.send({ type: "memberJoin", channelId: id, data: { userId: bob.userId } });
  socket.send({ ...frame, channelId: id });
  await inRoom(id, (_, state) => void setTimeout(() => state.abort("gone"), 20));
  await socket.waitForUnsubscribed(id, 0);
  release();
  return { id, socket };
}

test("[GW4] [GW5] a room that restarts during `unsubscribe` is unsubscribed", async () => {
  const { id, socket } = await dieMeanwhile({ type: "unsubscribe" });
  expect(await socket.sendCommand("messageCreate", { content: "a" }, id)).toMatchObject({ type: "ack" });
  expect(socket.envelopesOf(id).slice(1)).toEqual([
    { type: "unsubscribed", channelId: id, data: { reason: "requested" } },
  ]);
});

test("[GW2] [GW5] a room restarting during a resubscribe may lose only earlier frames", async () => {
  const { id, socket } = await dieMeanwhile({ type: "subscribe", data: { since: 1 } });
  await socket.waitFor((item) => item.type === "subscribed" && socket.seen.indexOf(item) > 3);
  expect(socket.envelopesOf(id).slice(1)).toMatchObject([
    { type: "unsubscribed", data: { reason: "restart" } },
    { seq: 2 },
    { type: "subscribed" },
  ]);
});

test("[RM9] [GW5] hibernation of room or hub changes nothing that a client can see", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(bob);
  await socket.expectSubscribed(id);
  for (let round = 0; round < 3; round++) {
    await evictRoom(id);
    await evictHub(bob.userId);
    expect(await socket.sendCommand("messageCreate", { content: "a" }, id)).toMatchObject({ type: "ack" });
    await evictRoom(id);
    await evictHub(bob.userId);
    expect(await socket.sendCommand("statusUpdate", { presence: "away" })).toMatchObject({ type: "ack" });
    socket.send({ type: "ping", id: round });
    expect(await socket.next("pong")).toMatchObject({ id: round });
  }
});

test("[GW5] a restarting hub closes the socket with 1012, and the client resumes", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(bob);
  const { seq: since, epoch } = (await socket.expectSubscribed(id)).data;
  await evictDurableObject(hubStub(bob.userId), { webSockets: "close" });
  expect((await socket.closed).code).toBe(1012);
  await ann.call("POST", `/v1/channels/${id}/messages`, { content: "meanwhile" });
  const again = await connectGateway(bob);
  await again.expectSubscribed(id, { since, epoch });
  expect(again.eventsOf(id).map(({ seq }) => seq)).toEqual([4]);
});

test.each([true, false])(
  "[LG5] [GW5] commands cut off by a crash apply once or never, subscribed: %s",
  async (isSubscribed) => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    for (const point of ["room:before-commit", "room:after-commit", "room:after-ack"] as const) {
      const socket = await connectGateway(ann);
      if (isSubscribed) await socket.expectSubscribed(id);
      const death = crashAt(point);
      socket.send({ ...messageFrame(point, point, 1), channelId: id });
      await death;
      expect((await socket.closed).code).toBe(1012);
      const again = await connectGateway(ann);
      expect(await again.sendCommand("messageCreate", { content: point, nonce: point }, id)).toMatchObject({
        type: "ack",
      });
      const told = (await listEvents(id, ann)).filter(({ data }) => JSON.stringify(data).includes(point));
      expect(told).toHaveLength(1);
      again.close();
    }
  },
);

test("[GW9] a gateway whose objects were aborted ends, and a new one resumes there", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  const { seq: since } = (await socket.expectSubscribed(id)).data;
  await abortAllDurableObjects();
  expect((await socket.closed).code).toBe(1012);
  const again = await connectGateway(ann);
  await again.expectSubscribed(id, { since });
});
