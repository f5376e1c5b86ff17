import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { SimulatedCrash, onFailpoint } from "../../../src/lib/failpoint.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  disconnectDatabase,
  interceptDatabase,
  isProjectionBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  exhaustRetries,
  projectedSeq,
  projectionProgress,
  roomAlarmAt,
  runScheduledTask,
} from "../../support/worker/objects/projection.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.useRealTimers();
});

async function two(): Promise<{ ann: TestUser; bob: TestUser; channelId: string }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  return { ann, bob, channelId: await createChannelFor(ann, [bob]) };
}

/** Sends a message whose response may be lost by the crash. */
const say = (ann: TestUser, channelId: string, content: string) =>
  ann.call("POST", `/v1/channels/${channelId}/messages`, { content, nonce: content });

test("[PJ1] [LG5] 20 crashes between D1's commit and the cursor: no loss, no duplicate", async () => {
  const { ann, bob, channelId } = await two();
  for (let round = 0; round < 20; round++) {
    const died = crashAt("room:after-record");
    const answer = say(ann, channelId, `round ${round}`);
    await died;
    await answer;
    const { head, recorded: cursor } = await projectionProgress(channelId);
    expect(await projectedSeq(channelId), "D1 has what the cursor does not know of").toBeGreaterThan(cursor);
    expect(await roomAlarmAt(channelId), "the alarm of the commit is there").not.toBeNull();
    if (round % 3 === 0) await runScheduledTask(channelId);
    if (round % 3 === 1) expect((await say(ann, channelId, `next ${round}`)).status).toBe(201);
    // The nonce is stored, so after the crash it returns the first result.
    expect((await say(ann, channelId, `round ${round}`)).status).toBe(200);
    expect((await bob.call("GET", `/v1/channels/${channelId}/messages`)).body.seq).toBeGreaterThanOrEqual(
      head,
    );
  }
  while (await runScheduledTask(channelId));
  expect(await projectionProgress(channelId)).toEqual({ head: 3 + 20 + 7, recorded: 3 + 20 + 7 });
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ4] [LG5] after 20 crashes in the alarm the platform's retry finds all work", async () => {
  const { ann, channelId } = await two();
  disconnectDatabase();
  await say(ann, channelId, "one");
  await exhaustRetries(channelId);
  restoreDatabases();
  for (let round = 0; round < 20; round++) {
    onFailpoint((point) => {
      if (point === "room:in-alarm") throw new SimulatedCrash(point);
    });
    await expect(runScheduledTask(channelId)).rejects.toThrow("room:in-alarm");
    onFailpoint(undefined);
    await abortAllDurableObjects();
    expect(await projectedSeq(channelId)).toBe(3);
    // The platform would retry the alarm; the helper that runs it does not.
    await inRoom(channelId, (_, { storage }) => storage.setAlarm(Date.now() + 60_000));
  }
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 4, recorded: 4 });
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ4] 20 crashes in the alarm between D1's commit and the cursor are harmless", async () => {
  const { ann, channelId } = await two();
  for (let round = 0; round < 20; round++) {
    // Each round advances the clock by minutes; reset it, or the session's token expires.
    vi.useRealTimers();
    disconnectDatabase();
    await say(ann, channelId, `a ${round}`);
    await say(ann, channelId, `b ${round}`);
    await exhaustRetries(channelId);
    restoreDatabases();
    const died = crashAt("room:after-record");
    const ran = runScheduledTask(channelId).catch(() => "died");
    await died;
    await ran;
    expect(await projectedSeq(channelId)).toBe(3 + 2 * (round + 1));
    await inRoom(channelId, (_, { storage }) => storage.setAlarm(Date.now() + 60_000));
    await runScheduledTask(channelId);
    expect((await projectionProgress(channelId)).recorded).toBe(3 + 2 * (round + 1));
  }
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ4] an alarm that the platform gave up on is set by the next wake-up", async () => {
  const { ann, channelId } = await two();
  disconnectDatabase();
  await say(ann, channelId, "one");
  await runScheduledTask(channelId);
  restoreDatabases();
  // After six crashed retries the platform stops calling.
  await inRoom(channelId, (_, { storage }) => storage.deleteAlarm());
  await abortAllDurableObjects();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 600_000 });
  // Without any write, a read of the channel wakes the room.
  expect((await ann.call("GET", `/v1/channels/${channelId}`)).status).toBe(200);
  expect(await roomAlarmAt(channelId)).not.toBeNull();
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 4, recorded: 4 });
});

test("[PJ1] a crash before D1 has the batch loses nothing", async () => {
  const { ann, channelId } = await two();
  for (let round = 0; round < 20; round++) {
    let reached = false;
    interceptDatabase((trip) =>
      isProjectionBatch(trip) ? ((reached = true), new Promise(() => {})) : trip.run(),
    );
    const answer = say(ann, channelId, `m${round}`);
    await eventually(() => reached);
    await abortAllDurableObjects();
    restoreDatabases();
    await answer;
    await runScheduledTask(channelId);
    expect(await projectedSeq(channelId)).toBe(3 + round + 1);
  }
  await expectDatabaseMatchesLog(channelId);
});
