import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { runRoomAlarm, runScheduledTask, scheduledAt } from "../../support/worker/objects/projection.ts";
import {
  evictRoom,
  inRoom,
  setRoomConfig,
  subscriberSockets,
} from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => {
  vi.useRealTimers();
  restoreDatabases();
});

const noticedWithinMs = 90_000;
const silenceMs = 75_000;

/** Sets the stored time of each socket's last frame. */
const silentFor = async (channelId: string, ms: number): Promise<void> => {
  await inRoom(channelId, (_, state) => {
    for (const ws of subscriberSockets(state))
      ws.serializeAttachment({ ...ws.deserializeAttachment(), lastFrameAt: Date.now() - ms });
  });
  await evictRoom(channelId);
};

/** Runs the alarm at this time. */
const sweep = async (channelId: string): Promise<void> => {
  await inRoom(
    channelId,
    (_, { storage: { sql } }) => void sql.exec("UPDATE due SET at = 1 WHERE key = 'sweep'"),
  );
  await evictRoom(channelId);
  await inRoom(channelId, (room) => room.alarm());
};

const isOpen = async (socket: TestSocket): Promise<boolean> =>
  Promise.race([socket.closed.then(() => false), scheduler.wait(50).then(() => true)]);

for (const state of ["awake", "hibernated"] as const)
  test(`[GW8] a silent direct socket is closed with 4408 after 75 to 90 s (${state})`, async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const channelId = await createChannelFor(ann, [bob]);
    const asBob = await connectRoom(channelId, bob);
    const beganMs = Date.now();
    const dead = await ann.connect(channelId);
    do {
      expect(await isOpen(dead)).toBe(true);
      if (state === "hibernated") await evictRoom(channelId);
      expect(await runScheduledTask(channelId, "sweep")).toBe(true);
    } while (await isOpen(dead));
    expect((await dead.closed).code).toBe(4408);
    expect(Date.now() - beganMs).toBeGreaterThanOrEqual(silenceMs);
    expect(Date.now() - beganMs).toBeLessThanOrEqual(noticedWithinMs);
    expect(await scheduledAt(channelId, "sweep"), "none is watched any more").toBeNull();
    await runScheduledTask(channelId, "departures");
    expect((await asBob.next("userOffline")).data).toEqual({ userId: ann.userId });
    expect(await isOpen(asBob), "a gateway's socket is the gateway's to watch").toBe(true);
  });

for (const [kind, word] of [
  ["a bare `ping`", "ping"],
  ["a frame", { type: "seen", data: { bytes: 1 } }],
  ["an invalid frame", "nonsense"],
] as const)
  test(`[GW8] a socket whose last frame was ${kind} stays open, others do not`, async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const channelId = await createChannelFor(ann, [bob]);
    const [alive, dead] = [await ann.connect(channelId), await bob.connect(channelId)];
    await silentFor(channelId, 300_000);
    alive.send(word);
    if (word === "ping") await eventually(() => alive.frames.includes("pong"), "the pong");
    else
      await eventually(async () => (await heardAt(channelId, ann)) > Date.now() - 60_000, "its being heard");
    await sweep(channelId);
    expect((await dead.closed).code).toBe(4408);
    expect(await isOpen(alive)).toBe(true);
  });

const heardAt = (channelId: string, { sessionId }: TestUser): Promise<number> =>
  inRoom(
    channelId,
    (_, state) =>
      subscriberSockets(state)
        .map((ws) => ws.deserializeAttachment())
        .find((holder) => holder?.sessionId === sessionId)?.lastFrameAt,
  );

test("[GW8] activity is stored at most every 10 s, and no socket is closed for it", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const socket = await ann.connect(channelId);
  const joinedAt = await heardAt(channelId, ann);
  await socket.sendCommand("typing");
  expect(await heardAt(channelId, ann)).toBe(joinedAt);
  await silentFor(channelId, silenceMs + 9_000);
  await sweep(channelId);
  expect(await isOpen(socket), "it may have spoken 9 s after that").toBe(true);
});

test("[GW8] rooms without direct sockets have no idle alarm, also after the last one", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await connectRoom(channelId, bob);
  expect(await scheduledAt(channelId, "sweep")).toBeNull();
  const [one, two] = [await ann.connect(channelId), await ann.connect(channelId)];
  const at = await scheduledAt(channelId, "sweep");
  expect(at).toBeGreaterThan(Date.now());
  await evictRoom(channelId);
  one.close();
  await one.closed;
  expect(await scheduledAt(channelId, "sweep")).toBe(at);
  two.close();
  await two.closed;
  await eventually(async () => (await scheduledAt(channelId, "sweep")) === null, "the end of the sweeps");
});

test("[GW8] the idle timeout is a var", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await setRoomConfig(channelId, { SOCKET_IDLE_TIMEOUT_MS: 1_000 });
  const socket = await ann.connect(channelId);
  expect(await scheduledAt(channelId, "sweep")).toBeLessThanOrEqual(Date.now() + 1_000);
  await silentFor(channelId, 12_000);
  await sweep(channelId);
  expect((await socket.closed).code).toBe(4408);
});

test("[GW8] [PS2] a D1 that hangs delays neither idle closing nor disconnects", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const [asAnn, asBob] = [await ann.connect(channelId), await bob.connect(channelId)];
  let land = (): void => {};
  const landed = new Promise<void>((resolve) => (land = resolve));
  interceptDatabase(async (trip) => {
    if (isProjectionBatch(trip)) await landed;
    return trip.run();
  });
  await asAnn.sendCommand("messageCreate", { content: "on its way to D1" });
  const beganMs = Date.now();
  await runScheduledTask(channelId, "record");
  vi.useRealTimers();
  expect(Date.now() - beganMs, "the alarm waits no longer").toBeLessThan(3_000 + loadAllowanceMs);
  expect(await scheduledAt(channelId, "record"), "another stands by").toBeGreaterThan(Date.now());
  asBob.close();
  await asBob.closed;
  await eventually(async () => (await scheduledAt(channelId, "departures")) !== null, "the departure");
  await runScheduledTask(channelId, "departures");
  expect((await asAnn.next("userOffline")).data).toEqual({ userId: bob.userId });
  vi.useRealTimers();
  land();
  await runRoomAlarm(channelId);
  await asAnn.sendCommand("messageCreate", { content: "all is well" });
  expect(signalsOf(asAnn).map(({ type }) => type)).toEqual(["userOnline", "userOffline"]);
});
