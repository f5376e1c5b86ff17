import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomAlarmAt, runScheduledTask, scheduledAt } from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, roomRows } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => void vi.useRealTimers());

const leaving = (channelId: string) =>
  roomRows<{ user_id: string }>(channelId, "SELECT user_id FROM departures").then((rows) =>
    rows.map(({ user_id }) => user_id),
  );
const told = (socket: TestSocket): string[] =>
  signalsOf(socket).map(({ type, data }: any) => `${type} ${data.userId}`);
const onlineIn = (socket: TestSocket): string[] =>
  socket.seen.flatMap((item) => (item.type === "subscribed" ? item.data.online : [])).toSorted();
/** Waits longer than signals are batched. */
const settled = () => scheduler.wait(250);

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const asBob = await bob.connect(channelId);
  const asAnn = await ann.connect(channelId);
  return { ann, bob, channelId, asAnn, asBob };
}

async function left(socket: TestSocket, channelId: string, userId: string): Promise<void> {
  socket.close();
  await eventually(async () => (await leaving(channelId)).includes(userId), "the departure");
}

for (const between of ["nothing", "hibernation"] as const) {
  const pause = async (channelId: string) => {
    if (between === "hibernation") await evictRoom(channelId);
  };

  test(`[PS2] a user back within 5 s was never away, with ${between} in between`, async () => {
    const { bob, channelId, asAnn, asBob } = await scene();
    await left(asBob, channelId, bob.userId);
    await pause(channelId);
    advanceClock(4_000);
    expect(await scheduledAt(channelId, "departures")).toBeGreaterThan(Date.now());
    await pause(channelId);
    const again = await connectRoom(channelId, bob);
    await pause(channelId);
    expect(await leaving(channelId)).toEqual([]);
    expect(await scheduledAt(channelId, "departures")).toBeNull();
    advanceClock(60_000);
    await settled();
    expect([told(asAnn), told(again)]).toEqual([[], []]);
  });

  test(`[PS2] a user gone for 5 s is offline, sent once, with ${between} in between`, async () => {
    const { ann, bob, channelId, asAnn, asBob } = await scene();
    await left(asBob, channelId, bob.userId);
    await pause(channelId);
    const meanwhile = await (await createSession(ann)).connect(channelId);
    expect(onlineIn(meanwhile), "still there").toEqual([ann.userId, bob.userId].toSorted());
    await pause(channelId);
    expect(await runScheduledTask(channelId, "departures")).toBe(true);
    await pause(channelId);
    for (const socket of [asAnn, meanwhile])
      expect((await socket.next("userOffline")).data).toEqual({ userId: bob.userId });
    await settled();
    for (const socket of [asAnn, meanwhile]) expect(told(socket)).toEqual([`userOffline ${bob.userId}`]);
    expect(await leaving(channelId)).toEqual([]);
    await pause(channelId);
    await bob.connect(channelId);
    expect((await asAnn.next("userOnline")).data).toEqual({ userId: bob.userId });
  });
}

test("[PS2] the alarm fires by itself, also after the room was evicted", async () => {
  const { bob, channelId, asAnn, asBob } = await scene();
  await left(asBob, channelId, bob.userId);
  await evictRoom(channelId);
  const beganMs = Date.now();
  while (told(asAnn).length === 0) await scheduler.wait(20);
  expect(told(asAnn)).toEqual([`userOffline ${bob.userId}`]);
  expect(Date.now() - beganMs).toBeLessThan(7_000 + loadAllowanceMs);
  await settled();
  expect(await scheduledAt(channelId, "departures")).toBeNull();
});

test("[PS2] [PS1] only the last device's disconnect starts the grace period", async () => {
  const { bob, channelId, asAnn, asBob } = await scene();
  const phone = await (await createSession(bob)).connect(channelId);
  const inner = await connectRoom(channelId, bob);
  for (const socket of [asBob, inner]) {
    socket.close();
    await socket.closed;
  }
  expect(await leaving(channelId)).toEqual([]);
  await evictRoom(channelId);
  await left(phone, channelId, bob.userId);
  await settled();
  expect(told(asAnn)).toEqual([]);
});

test("[PS2] a socket closed during hibernation starts its 5 s when the room wakes", async () => {
  const { bob, channelId, asAnn, asBob } = await scene();
  await evictRoom(channelId);
  asBob.close(4000);
  await asBob.closed;
  await eventually(async () => (await leaving(channelId)).length > 0, "the departure");
  await evictRoom(channelId);
  expect(await leaving(channelId)).toEqual([bob.userId]);
  await runScheduledTask(channelId, "departures");
  expect((await asAnn.next("userOffline")).data).toEqual({ userId: bob.userId });
  await evictRoom(channelId);
  await settled();
  expect(told(asAnn)).toEqual([`userOffline ${bob.userId}`]);
});

test("[PS2] a user who left before a crash is present until their 5 s end", async () => {
  const { ann, bob, channelId, asBob } = await scene();
  await left(asBob, channelId, bob.userId);
  await abortAllDurableObjects();
  const again = await ann.connect(channelId);
  expect(onlineIn(again)).toEqual([ann.userId, bob.userId].toSorted());
  expect(await roomAlarmAt(channelId), "an alarm stands by").not.toBeNull();
  const died = crashAt("room:in-alarm");
  await runScheduledTask(channelId, "departures").catch(() => undefined);
  await died;
  // The platform would retry the alarm; the helper that runs it does not.
  await inRoom(channelId, (_, { storage }) => storage.setAlarm(Date.now() + 60_000));
  const third = await ann.connect(channelId);
  expect(onlineIn(third), "it died before it said so").toEqual([ann.userId, bob.userId].toSorted());
  await runScheduledTask(channelId, "departures");
  expect((await third.next("userOffline")).data).toEqual({ userId: bob.userId });
});

test("[PS2] a user connected at a crash is listed and sent once they are back", async () => {
  const { ann, bob, channelId } = await scene();
  await inRoom(channelId, (_, { storage }) => storage.sync());
  await abortAllDurableObjects();
  const asAnn = await ann.connect(channelId);
  expect(onlineIn(asAnn)).toEqual([ann.userId]);
  await bob.connect(channelId);
  await asAnn.next("userOnline");
  await settled();
  expect(told(asAnn)).toEqual([`userOnline ${bob.userId}`]);
});
