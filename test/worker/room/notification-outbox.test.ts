import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { hubRows } from "../../support/worker/objects/hub-object.ts";
import {
  roomAlarmAt,
  runScheduledTask,
  scheduledAt,
  waitForNotifications,
} from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, roomRows } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function three() {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid]);
  await waitForNotifications(channelId);
  return { ann, bob, cid, channelId };
}
const mentions = async (as: TestUser) =>
  (await listAllNotifications(as))
    .filter(({ kind }) => kind === "mention")
    .map(({ channelSeq }) => channelSeq);
const waiting = (channelId: string) =>
  roomRows<{ user_id: string; seq: number; attempts: number; at: number }>(
    channelId,
    "SELECT user_id, seq, attempts, at FROM deliveries ORDER BY user_id, seq",
  );

/** Routes calls of `notify` through `between`, which may forward them. */
function interceptHubs(between: (userId: string, go: () => Promise<void>) => Promise<void>): void {
  const { receiveNotices } = UserHub.prototype;
  vi.spyOn(UserHub.prototype, "receiveNotices").mockImplementation(function (this: UserHub, ...args) {
    const { ctx } = this as unknown as { ctx: DurableObjectState };
    return between(ctx.id.name ?? "", () => receiveNotices.apply(this, args));
  });
}

/** Runs alarms until none is set. */
async function drained(channelId: string): Promise<void> {
  for (let n = 0; n < 20 && (await runScheduledTask(channelId, "deliveries")); n++);
  vi.useRealTimers();
  await waitForNotifications(channelId);
  while (await runScheduledTask(channelId));
  expect(await roomRows(channelId, "SELECT * FROM due")).toEqual([]);
  expect(await waiting(channelId)).toEqual([]);
  expect(await roomAlarmAt(channelId)).toBeNull();
}

for (const point of [
  "room:after-commit",
  "room:after-ack",
  "room:after-expand",
  "room:after-notify",
  "hub:before-notify",
  "hub:after-notify",
] as const)
  test(`[NT6] [LG5] each event notifies once despite repeated crashes at ${point}`, async () => {
    const { ann, bob, cid, channelId } = await three();
    const socket = await ann.connect(channelId);
    for (let round = 0; round < 6; round++) {
      const died = crashAt(point);
      if (round === 0) socket.send(messageFrame("@channel 0"));
      else void ann.call("POST", `/v1/channels/${channelId}/messages`, { content: `@channel ${round}` });
      await died;
      expect(await roomAlarmAt(channelId), "an alarm stands by").not.toBeNull();
      if (round % 2) await runScheduledTask(channelId, round % 3 ? "notifications" : "deliveries");
      vi.useRealTimers();
    }
    for (const key of ["notifications", "deliveries", "notifications"])
      await runScheduledTask(channelId, key);
    await drained(channelId);
    for (const as of [bob, cid]) expect((await mentions(as)).toReversed()).toEqual([5, 6, 7, 8, 9, 10]);
    expect(await mentions(ann)).toEqual([]);
  });

test("[NT6] a failing hub delays no other and is retried with backoff, once, in order", async () => {
  const { ann, bob, cid, channelId } = await three();
  let [fails, tries] = [true, 0];
  interceptHubs(async (userId, go) => {
    if (userId !== bob.userId || !fails) return go();
    tries++;
    // The room gets no response, whether or not the hub accepted the call.
    if (tries % 2) await go();
    throw new Error("no answer");
  });
  await postMessage(ann, channelId, "@channel one");
  await eventually(async () => (await mentions(cid)).length === 1, "the notification of the other");
  const failures = async () => (await waiting(channelId)).map(({ attempts }) => attempts);
  await eventually(async () => ((await failures())[0] ?? 0) >= 1, "the first failure");
  await postMessage(ann, channelId, "@channel two");
  await eventually(async () => (await mentions(cid)).length === 2, "the next of the other");
  await eventually(async () => ((await failures())[1] ?? 0) >= 2, "the second failure");
  expect((await waiting(channelId)).map(({ user_id }) => user_id)).toEqual([bob.userId, bob.userId]);
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    expect(await runScheduledTask(channelId, "deliveries")).toBe(true);
    waits.push(((await scheduledAt(channelId, "deliveries")) ?? 0) - Date.now());
  }
  expect(tries).toBeGreaterThanOrEqual(14);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(30_000);
  await evictRoom(channelId);
  await abortAllDurableObjects();
  fails = false;
  await drained(channelId);
  expect((await mentions(bob)).toReversed()).toEqual([5, 6]);
  expect((await mentions(cid)).toReversed()).toEqual([5, 6]);
});

test("[NT6] a hub that hangs delays no other hub's notifications", async () => {
  const { ann, bob, cid, channelId } = await three();
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  interceptHubs(async (userId, go) => {
    if (userId === bob.userId) await opened;
    return go();
  });
  const beganMs = Date.now();
  for (let n = 0; n < 5; n++) {
    await postMessage(ann, channelId, `@channel ${n}`);
    await eventually(async () => (await mentions(cid)).length === n + 1, `notification ${n}`);
  }
  expect(Date.now() - beganMs, "less than the patience with the other").toBeLessThan(8_000);
  expect(await mentions(bob)).toEqual([]);
  open();
  await waitForNotifications(channelId);
  expect((await mentions(bob)).toReversed()).toEqual([5, 6, 7, 8, 9]);
  await drained(channelId);
});

test("[NT6] a D1 outage delays no notification", async () => {
  const { ann, bob, channelId } = await three();
  disconnectDatabase();
  await postMessage(ann, channelId, `@${bob.username}`);
  await waitForNotifications(channelId);
  restoreDatabases();
  expect(await mentions(bob)).toEqual([5]);
  await drained(channelId);
});

test("[NT6] @channel reaches 200 members once each despite a crash", async () => {
  const { ann, channelId } = await three();
  const ids = Array.from({ length: 200 }, () => newId("usr"));
  await inRoom(channelId, (_, { storage: { sql } }) => {
    for (const [n, userId] of ids.entries())
      sql.exec("INSERT INTO members VALUES (?, 'member', 1, ?, 'member', 1, 1)", userId, `row-${n}`);
  });
  await evictRoom(channelId);
  let told = 0;
  const died = crashAt("room:after-notify", { spare: () => ++told < 90 });
  const { mentions: called } = await postMessage(ann, channelId, "@channel");
  await died;
  expect(called).toHaveLength(202);
  expect((await waiting(channelId)).length).toBeGreaterThan(0);
  await drained(channelId);
  for (const userId of ids)
    expect(await hubRows(userId, "notifications")).toMatchObject([{ channel_id: channelId, channel_seq: 5 }]);
});
