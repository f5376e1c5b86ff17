import { expect, onTestFinished, test } from "vitest";
import type { ServerEnvelope } from "../../../src/protocol/index.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const MiB = 1024 * 1024;
/** 32 kB on the wire. */
const content = "🙂".repeat(8_000);

const counted = new WeakMap<GatewaySocket, { frames: number; bytes: number }>();
/** The frames received so far, without bare pongs. */
function bytesOf(socket: GatewaySocket): number {
  const count = counted.get(socket) ?? { frames: 0, bytes: 0 };
  for (const frame of socket.frames.slice(count.frames))
    if (frame !== "pong") count.bytes += Buffer.byteLength(frame);
  count.frames = socket.frames.length;
  counted.set(socket, count);
  return count.bytes;
}

/** Fills a channel until the socket has received this many bytes, without confirming. */
async function flood(ann: GatewaySocket, id: string, to: GatewaySocket, bytes: number): Promise<void> {
  while (bytesOf(to) < bytes) {
    await ann.sendCommand("messageCreate", { content }, id);
    ann.send({ type: "seen", data: { bytes: 100_000 } });
    const { seq } = ann.eventsOf(id).at(-1) ?? { seq: 0 };
    await to.waitFor(
      (item) => "channelId" in item && item.channelId === id && "seq" in item && item.seq >= seq,
    );
  }
}

interface Stage {
  ids: string[];
  /** The sockets of Ann, Bob and Cid, each subscribed to all channels. */
  sockets: [GatewaySocket, GatewaySocket, GatewaySocket];
}

async function stage(channels: number): Promise<Stage> {
  const cast = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const [ann, ...others] = cast;
  const ids = await Promise.all(Array.from({ length: channels }, () => createChannelFor(ann, others)));
  const sockets = (await Promise.all(cast.map((who) => connectGateway(who)))) as Stage["sockets"];
  for (const socket of sockets) for (const id of ids) await socket.expectSubscribed(id);
  onTestFinished(async () => {
    for (const socket of sockets) socket.close();
    await Promise.all(sockets.map(({ closed }) => closed));
  });
  return { ids, sockets };
}

/** Whether Bob receives Ann's typing, as Cid always does. Once per channel, since typing is sent at most every 3 s. */
async function hearsTyping([ann, bob, cid]: Stage["sockets"], id: string): Promise<boolean> {
  const isTyping = (item: ServerEnvelope) => item.type === "typing" && item.channelId === id;
  cid.send({ type: "seen", data: { bytes: bytesOf(cid) } });
  ann.send({ type: "typing", channelId: id });
  await cid.waitFor(isTyping);
  await ann.sendCommand("messageCreate", { content: "after" }, id);
  // Ann too: a slow machine may deliver her own event after Bob's.
  for (const reader of [ann, bob])
    await reader.waitFor(
      (item) => item.type === "messageCreate" && "channelId" in item && item.channelId === id,
    );
  return bob.seen.some(isTyping);
}

test("[LM2] a client 2 MiB behind over all channels only misses signals", async () => {
  const { ids, sockets } = await stage(5);
  const [ann, bob] = sockets;
  const [one, two, before, meanwhile, after] = ids as [string, string, string, string, string];
  expect(await hearsTyping(sockets, before)).toBe(true);
  await flood(ann, one, bob, 1.1 * MiB);
  await flood(ann, two, bob, 2.2 * MiB);
  expect(await hearsTyping(sockets, meanwhile)).toBe(false);
  bob.send({ type: "seen", data: { bytes: bytesOf(bob) - 2 * MiB + 1 } });
  expect(await hearsTyping(sockets, after)).toBe(true);
  for (const id of ids) {
    await bob.waitFor(
      (item) =>
        "seq" in item &&
        "channelId" in item &&
        item.channelId === id &&
        item.seq === ann.eventsOf(id).at(-1)!.seq,
    );
    expect(bob.eventsOf(id)).toEqual(ann.eventsOf(id));
  }
});

test("[RM15] [LM2] a client that never confirms gets 4408; others do not wait", async () => {
  const { ids, sockets } = await stage(2);
  const [ann, bob, cid] = sockets;
  const [first] = ids as [string, string];
  let isClosed = false;
  void bob.closed.then(() => (isClosed = true));
  for (let n = 0, more = 40; n < 400 && more > 0; n++) {
    if (isClosed) more--;
    await ann.sendCommand("messageCreate", { content }, first);
    for (const reader of [ann, cid]) reader.send({ type: "seen", data: { bytes: 100_000 } });
  }
  expect((await bob.closed).code).toBe(4408);
  expect(bytesOf(bob)).toBeLessThanOrEqual(8 * MiB);
  expect(bytesOf(bob)).toBeGreaterThan(8 * MiB - 300_000);
  await ann.sendCommand("messageCreate", { content: "go on" }, first);
  const isLast = (item: ServerEnvelope) =>
    JSON.stringify(item).includes('"content":"go on"') && "seq" in item;
  await Promise.all([ann.waitFor(isLast), cid.waitFor(isLast)]);
  expect(cid.eventsOf(first)).toEqual(ann.eventsOf(first));
  for (const id of ids)
    expect(
      await inRoom(id, (_, state) => state.getWebSockets().filter(({ readyState }) => readyState === 1)),
    ).toHaveLength(2);
});

test("[RM15] [GW2] a client that reads a large backlog is not treated as slow", async () => {
  const { ids, sockets } = await stage(8);
  const [ann] = sockets;
  for (const id of ids) {
    await Promise.all(Array.from({ length: 50 }, () => ann.sendCommand("messageCreate", { content }, id)));
    ann.send({ type: "seen", data: { bytes: bytesOf(ann) } });
  }
  const [back] = (await createUsers("dan")) as [TestUser];
  const socket = await connectGateway(back);
  let seen = 0;
  socket.ws.addEventListener("message", () => {
    const bytes = bytesOf(socket) - seen;
    if (bytes < 256 * 1024) return;
    seen += bytes;
    socket.send({ type: "seen", data: { bytes } });
  });
  await Promise.all(ids.map((id) => socket.expectSubscribed(id, { since: 4 })));
  expect(bytesOf(socket)).toBeGreaterThan(12 * MiB);
  for (const id of ids) expect(socket.eventsOf(id)).toHaveLength(50);
});

test("[LM2] slow clients share one memory limit; the client that exceeds it is closed", async () => {
  setWorkerConfig({ GATEWAY_SLOW_BYTES: 5 * MiB });
  const { ids, sockets } = await stage(1);
  const [ann, bob, cid] = sockets;
  const [id] = ids as [string];
  let closed: string | undefined;
  void bob.closed.then(() => (closed ??= "bob"));
  void cid.closed.then(() => (closed ??= "cid"));
  for (let n = 0; !closed && n < 200; n++) {
    await ann.sendCommand("messageCreate", { content }, id);
    ann.send({ type: "seen", data: { bytes: 100_000 } });
  }
  const [gone, left] = closed === "bob" ? [bob, cid] : [cid, bob];
  expect((await gone.closed).code).toBe(4408);
  expect(bytesOf(gone)).toBeLessThan(3 * MiB);
  // The other client's share is unchanged.
  await flood(ann, id, left, 4.5 * MiB);
  expect(await left.sendCommand("messageCreate", { content: "still here" }, id)).toMatchObject({
    type: "ack",
  });
});
