import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import type { ReadStateNotice } from "../../../src/domain/notice.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { markReadUpTo } from "../../support/worker/clients/read-state.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubLog } from "../../support/worker/objects/hub-object.ts";
import { runScheduledTask, waitForNotifications } from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, roomRows, roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const readsOf = async ({ userId }: TestUser): Promise<number[]> =>
  (await hubLog(userId)).flatMap(({ type, data }) => (type === "readUpdate" ? [data.lastReadSeq] : []));
const waiting = (channelId: string) =>
  roomRows<{ user_id: string; notice: string }>(
    channelId,
    "SELECT user_id, notice FROM deliveries WHERE seq = 0",
  );

/** Captures every read state sent to a hub, in order; `between` may fail or wait. */
function listen(between: (userId: string) => Promise<void> = async () => {}) {
  const told: (ReadStateNotice & { userId: string })[] = [];
  const { receiveNotices } = UserHub.prototype;
  vi.spyOn(UserHub.prototype, "receiveNotices").mockImplementation(async function (this: UserHub, ...args) {
    const userId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name ?? "";
    if (args[2]) told.push({ userId, ...args[2] });
    await between(userId);
    return receiveNotices.apply(this, args);
  });
  return told;
}

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  for (let n = 0; n < 10; n++) await postMessage(ann, channelId, `${n}`);
  await waitForNotifications(channelId);
  return { ann, bob, channelId };
}

test("[OE2] a read goes to the reader's hub only; joins and levels are not reads", async () => {
  const told = listen();
  const { ann, bob, channelId } = await scene();
  await bob.call("PUT", `/v1/channels/${channelId}/notifications`, { level: "all" });
  expect(await readsOf(bob)).toEqual([]);
  await markReadUpTo(bob, channelId, 5);
  await eventually(async () => (await readsOf(bob)).length === 1, "the reading");
  expect(await readsOf(bob)).toEqual([5]);
  expect(await readsOf(ann)).toEqual([]);
  expect(new Set(told.map(({ userId }) => userId))).toEqual(new Set([bob.userId]));
});

test("[OE2] of many reads the last one is sent, and few of those before", async () => {
  const told = listen();
  const { bob, channelId } = await scene();
  const socket = await bob.connect(channelId);
  for (let round = 0; round < 20; round++)
    for (let seq = 4; seq <= 13; seq++) await socket.sendCommand("read", { seq, markUnread: true });
  await socket.sendCommand("read", { seq: 8, markUnread: true });
  await eventually(async () => (await readsOf(bob)).at(-1) === 8, "the last reading");
  expect(told.length).toBeLessThanOrEqual(6);
  const revs = told.map(({ rev }) => rev);
  expect(revs).toEqual(revs.toSorted((one, other) => one - other));
});

test("[OE2] a hub that does not answer gets the newest later and delays no other", async () => {
  const { ann, bob, channelId } = await scene();
  let fails = true;
  const told = listen(async (userId) => {
    if (fails && userId === bob.userId) throw new Error("no answer");
  });
  await markReadUpTo(bob, channelId, 5);
  await eventually(async () => told.length > 0, "the first try");
  await markReadUpTo(bob, channelId, 9);
  await markReadUpTo(ann, channelId, 7);
  await eventually(async () => (await readsOf(ann)).length === 1, "the reading of the other");
  await eventually(
    async () => (await waiting(channelId)).some(({ notice }) => JSON.parse(notice).lastReadSeq === 9),
    "the newer one in place of the older",
  );
  expect(await waiting(channelId)).toHaveLength(1);
  fails = false;
  await runScheduledTask(channelId, "deliveries");
  vi.useRealTimers();
  await eventually(async () => (await waiting(channelId)).length === 0, "the delivery");
  expect(await readsOf(bob)).toEqual([9]);
});

test("[OE2] a read that arrives during delivery of an older one is sent after it", async () => {
  const { bob, channelId } = await scene();
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const told = listen(() => opened);
  await markReadUpTo(bob, channelId, 5);
  await eventually(() => told.length === 1, "the first call");
  await markReadUpTo(bob, channelId, 9);
  await eventually(
    async () => (await waiting(channelId)).some(({ notice }) => JSON.parse(notice).lastReadSeq === 9),
    "the newer one",
  );
  open();
  await eventually(async () => (await waiting(channelId)).length === 0, "both deliveries");
  expect(await readsOf(bob)).toEqual([5, 9]);
});

const crashPoints: Failpoint[] = [
  "room:before-expand",
  "room:after-expand",
  "room:after-notify",
  "hub:after-notify",
];
for (const point of crashPoints)
  test(`[OE2] the room's last read state arrives despite crashes at ${point}`, async () => {
    const { bob, channelId } = await scene();
    for (const seq of [5, 9, 6]) {
      const died = crashAt(point);
      void markReadUpTo(bob, channelId, seq).catch(() => undefined);
      await died;
    }
    await abortAllDurableObjects();
    for (const key of ["readings", "deliveries", "readings", "deliveries"])
      await runScheduledTask(channelId, key);
    vi.useRealTimers();
    await evictRoom(channelId);
    await eventually(async () => (await readsOf(bob)).at(-1) === 6, "the last word");
    const [row] = await roomRows<{ seq: number }>(
      channelId,
      "SELECT last_read_seq AS seq FROM readers WHERE user_id = ?",
      bob.userId,
    );
    expect(row?.seq).toBe(6);
  });

test("[OE2] a room calls at most 50 hubs every half second", async () => {
  const { channelId } = await scene();
  const ids = Array.from({ length: 120 }, () => newId("usr"));
  await inRoom(channelId, (_, { storage: { sql } }) => {
    for (const [n, userId] of ids.entries())
      sql.exec("INSERT INTO members VALUES (?, 'member', 1, ?, 'member', 1, 1)", userId, `row-${n}`);
  });
  const told: { userId: string; at: number }[] = [];
  vi.spyOn(UserHub.prototype, "receiveNotices").mockImplementation(async function (this: UserHub) {
    const userId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name ?? "";
    told.push({ userId, at: Date.now() });
  });
  await Promise.all(
    ids.map((userId) =>
      roomStub(channelId).execute(
        { userId, sessionId: newId("ses"), role: "member" },
        { type: "read", data: { seq: 9 } },
      ),
    ),
  );
  await eventually(() => told.length >= 120, "all readings");
  expect(told.map(({ userId }) => userId).toSorted()).toEqual(ids.toSorted());
  for (const [n, { at }] of told.slice(50).entries())
    expect(at - told[n]!.at, `fifty calls from ${n} on`).toBeGreaterThanOrEqual(400);
});
