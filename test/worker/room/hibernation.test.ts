import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub } from "../../support/worker/objects/hub-object.ts";
import { runScheduledTask, scheduledAt } from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, subscriberSockets } from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.useRealTimers());

interface Scene {
  channel: string;
  ann: TestUser;
  bob: TestUser;
  sockets: Record<"ann" | "bob" | "guest", TestSocket>;
  memory: { messageId: string };
}

/** A script in steps; an object may be evicted between any two of them. */
const script: ((scene: Scene) => Promise<unknown>)[] = [
  async ({ sockets, memory }) => {
    const ack = (await sockets.ann.sendCommand("messageCreate", { content: "one", nonce: "1" })) as any;
    memory.messageId = ack.data.message.id;
    return ack;
  },
  ({ sockets }) => sockets.ann.sendCommand("messageCreate", { content: "one", nonce: "1" }),
  ({ sockets }) => sockets.ann.sendCommand("messageCreate", { content: "other", nonce: "1" }),
  ({ bob, channel }) =>
    bob
      .call("POST", `/v1/channels/${channel}/messages`, { content: "two", nonce: "1" })
      .then(({ status }) => status),
  ({ sockets, memory }) =>
    sockets.bob.sendCommand("messageUpdate", { messageId: memory.messageId, content: "not mine" }),
  ({ sockets, memory }) =>
    sockets.ann.sendCommand("messageUpdate", { messageId: memory.messageId, content: "edited" }),
  async ({ sockets }) => void sockets.bob.send("nonsense"),
  ({ sockets }) => sockets.bob.sendCommand("nonsense"),
  ({ sockets }) => sockets.guest.sendCommand("messageCreate", { content: "may I?" }),
  ({ sockets, bob }) => sockets.ann.sendCommand("memberUpdate", { userId: bob.userId, role: "moderator" }),
  ({ sockets }) => sockets.bob.sendCommand("channelUpdate", { topic: "a topic" }),
  ({ sockets, memory }) => sockets.bob.sendCommand("messageDelete", { messageId: memory.messageId }),
  ({ sockets }) => sockets.ann.sendCommand("channelUpdate", { isPrivate: true }),
  ({ sockets }) => sockets.ann.sendCommand("messageCreate", { content: "among us" }),
  ({ sockets, bob }) => sockets.ann.sendCommand("memberLeave", { userId: bob.userId }),
  ({ sockets }) => sockets.ann.sendCommand("messageCreate", { content: "alone" }),
];

/** Runs the script and returns everything received, without values that differ from run to run. */
async function play(between: (step: number, scene: Scene) => Promise<unknown>): Promise<string[]> {
  const [ann, bob, guest] = (await createUsers("ann", "bob", "guest")) as [TestUser, TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  const sockets = {
    ann: await ann.connect(channel),
    bob: await bob.connect(channel),
    guest: await guest.connect(channel),
  };
  const scene: Scene = { channel, ann, bob, sockets, memory: { messageId: "" } };
  const answers: unknown[] = [];
  for (const [step, run] of script.entries()) {
    await between(step, scene);
    answers.push(await run(scene));
  }
  const events = await listEvents(channel, ann);
  await sockets.ann.waitForSeq(events.length);
  const closes = [await sockets.bob.closed, await sockets.guest.closed];
  const names = new Map<string, string>();
  // The order of acks and events is only guaranteed for the sender's own commands (RM3).
  const answersOf = ({ seen }: TestSocket) => seen.filter(({ type }) => type === "ack" || type === "error");
  const views = Object.values(sockets).flatMap((socket) => [
    ...socket.events,
    ...answersOf(socket),
    ...socket.seen.slice(1, 2),
  ]);
  const text = [...answers, ...closes, ...events, ...views].map((part) => JSON.stringify(part) ?? "nothing");
  return text.map((part) =>
    part
      .replace(/"\d{4}-[^"]*Z"/g, '"TIME"')
      .replace(
        /(usr|msg|chn|ses)_[0-9A-Z]{26}|channel \d+|"epoch":"[^"]+"/g,
        (id) => names.get(id) ?? (names.set(id, `${id.slice(0, 3)}${names.size}`), names.get(id)!),
      ),
  );
}

test("[RM9] hibernation between any two steps changes nothing that a client sees", async () => {
  const undisturbed = await play(async () => undefined);
  expect(await play((_, { channel }) => evictRoom(channel)), "between all of them").toEqual(undisturbed);
  // By the bits of the step's index: for any two steps there is a run that evicts before one and not before the other.
  for (let bit = 1; bit < script.length; bit *= 2) {
    for (const odd of [true, false]) {
      const seen = await play(async (step, { channel }) => (step & bit) > 0 === odd && evictRoom(channel));
      expect(seen, `where bit ${bit} is ${odd}`).toEqual(undisturbed);
    }
  }
});

test("[RM9] eviction of the hubs changes nothing either", async () => {
  const undisturbed = await play(async () => undefined);
  const seen = await play((_, { channel, ann, bob }) =>
    Promise.all([evictRoom(channel), ...[ann, bob].map(({ userId }) => evictHub(userId))]),
  );
  expect(seen).toEqual(undisturbed);
});

test("[RM9] a hibernated room answers `ping` without waking, a JSON ping by waking", async () => {
  const [ann] = await createUsers("ann");
  const channel = await createChannelFor(ann!);
  const socket = await ann!.connect(channel);
  await evictRoom(channel);
  socket.send("ping");
  while (!socket.frames.includes("pong")) await scheduler.wait(1);
  socket.send({ id: 1, type: "ping" });
  expect(await socket.next("pong")).toEqual({ type: "pong", id: 1 });
});

test("[RM9] [RM2] clients whose sockets an eviction closes resume without a hole", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const first = await bob!.connect(channel);
  await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "one" });
  await first.waitForSeq(4);
  await evictDurableObject(env.ROOMS.getByName(channel), { webSockets: "close" });
  await first.closed;
  await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "two" });
  const again = await bob!.connect(channel, "?since=4");
  expect(again.events.map(({ seq }) => seq)).toEqual([5]);
});

test("[RM9] a socket closed by its client during hibernation is gone at wake-up", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const [asAnn, asBob] = [await ann!.connect(channel), await bob!.connect(channel)];
  await evictRoom(channel);
  asBob.close(4000);
  expect((await asBob.closed).code, "the close is answered").toBe(4000);
  // The grace period of 5 s.
  await eventually(async () => (await scheduledAt(channel, "departures")) !== null, "the departure");
  await runScheduledTask(channel, "departures");
  vi.useRealTimers();
  const late = await ann!.connect(channel);
  expect(late.seen.at(-1)).toMatchObject({
    type: "subscribed",
    data: { online: [ann!.userId], onlineCount: 1 },
  });
  expect((await asAnn.sendCommand("messageCreate", { content: "on" })).type).toBe("ack");
  expect(await inRoom(channel, (_, state) => subscriberSockets(state).length)).toBe(2);
});
