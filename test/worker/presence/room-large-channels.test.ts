import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../src/protocol/index.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { fakeUsers } from "../../support/worker/fakes/object-methods.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { evictRoom, roomRows, roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const subscribed = (socket: TestSocket): any => socket.seen.find(({ type }) => type === "subscribed");

/** Creates a channel with Ann and `count` others connected, and more users who may connect. */
async function crowd(count: number, more: number) {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const all = fakeUsers(count + more);
  const asAnn = await ann.connect(channelId);
  const enter = (reader: (typeof all)[number]) => connectRoom(channelId, reader);
  const sockets: TestSocket[] = [];
  for (let at = 0; at < count; at += 50)
    sockets.push(...(await Promise.all(all.slice(at, Math.min(at + 50, count)).map(enter))));
  await scheduler.wait(500);
  return { ann, channelId, asAnn, sockets, all, enter, others: all.slice(count) };
}

/** Disconnects users and lets the grace period of 5 s pass. */
async function gone(channelId: string, sockets: readonly TestSocket[]): Promise<void> {
  for (const socket of sockets) socket.close();
  await Promise.all(sockets.map(({ closed }) => closed));
  const leaving = () => roomRows(channelId, "SELECT 1 FROM departures");
  while ((await leaving()).length < sockets.length) await scheduler.wait(5);
  while ((await leaving()).length > 0) await runScheduledTask(channelId, "departures");
  vi.useRealTimers();
}

for (const state of ["awake", "hibernated"] as const)
  test(`[PS5] above 200 users only a count is sent, from 200 down names (${state})`, async () => {
    const { ann, channelId, asAnn, sockets, enter, others, all } = await crowd(limits.onlineListed - 1, 3);
    const pause = async () => {
      if (state === "hibernated") await evictRoom(channelId);
    };
    const names = () => signalsOf(asAnn).filter(({ type }) => type !== "onlineCount").length;
    expect(names(), "each by name").toBe(limits.onlineListed - 1);
    await pause();
    const late = [await enter(others[0]!), await enter(others[1]!)];
    expect(subscribed(late[0]!).data).toMatchObject({ onlineCount: 201, statuses: [] });
    expect(subscribed(late[1]!).data.online).toHaveLength(limits.onlineListed);
    await asAnn.waitFor((item) => item.type === "onlineCount" && item.data.onlineCount === 202);
    await pause();
    await roomStub(channelId).setStatus({ userId: all[0]!.userId, presence: "dnd", custom: null, rev: 2 });
    await pause();
    expect(names(), "none by name").toBe(limits.onlineListed - 1);
    await gone(channelId, late);
    const { data } = (await asAnn.waitFor(
      (item) => item.type === "onlineCount" && item.data.online !== undefined,
    )) as any;
    expect(data.onlineCount).toBe(limits.onlineListed);
    const present = [ann, ...all.slice(0, limits.onlineListed - 1)].map(({ userId }) => userId);
    expect(data.online.toSorted()).toEqual(present.toSorted());
    expect(signalsOf(asAnn).at(-1)).toMatchObject({ type: "statusUpdate", data: { presence: "dnd" } });
    await pause();
    await gone(channelId, sockets.slice(0, 1));
    expect((await asAnn.next("userOffline")).data).toEqual({ userId: all[0]!.userId });
    await enter(others[2]!);
    await asAnn.waitFor((item) => item.type === "userOnline" && item.data.userId === others[2]!.userId);
  });

test("[PS5] the count is sent at most once a second, and the last one always", async () => {
  const { channelId, asAnn, enter, others, ann } = await crowd(limits.onlineListed, 60);
  const from = asAnn.seen.length;
  const beganMs = Date.now();
  for (const other of others) await enter(other);
  await asAnn.waitFor((item) => item.type === "onlineCount" && item.data.onlineCount === 261);
  const tookMs = Date.now() - beganMs;
  const told = asAnn.seen.slice(from).filter(({ type }) => type === "onlineCount");
  expect(told.length).toBeLessThanOrEqual(2 + tookMs / 1_000);
  expect(asAnn.seen.slice(from).filter(({ type }) => type === "userOnline")).toEqual([]);
  expect(subscribed(await ann.connect(channelId)).data).toMatchObject({ onlineCount: 261 });
});

test("[PS5] [PS3] invisible users do not count", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const asAnn = await ann.connect(channelId);
  const hidden = fakeUsers(limits.onlineListed + 1, "offline");
  await Promise.all(hidden.map((reader) => connectRoom(channelId, reader)));
  const [seen] = fakeUsers(1);
  await connectRoom(channelId, seen!);
  expect((await asAnn.next("userOnline")).data).toEqual({ userId: seen!.userId });
  expect(signalsOf(asAnn)).toHaveLength(1);
  expect(subscribed(await ann.connect(channelId)).data).toMatchObject({ onlineCount: 2 });
});
