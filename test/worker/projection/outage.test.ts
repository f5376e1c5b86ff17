import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import {
  disconnectDatabase,
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { channelRows } from "../../support/worker/objects/database.ts";
import {
  exhaustRetries,
  projectedSeq,
  projectionProgress,
  roomAlarmAt,
  runScheduledTask,
  scheduledAt,
} from "../../support/worker/objects/projection.ts";
import { roomLog, roomRows } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

async function two(): Promise<{ ann: TestUser; bob: TestUser; channelId: string }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  return { ann, bob, channelId: await createChannelFor(ann, [bob]) };
}

test("[PJ3] 200 messages sent while D1 is down are broadcast, then projected in order", async () => {
  const { ann, bob, channelId } = await two();
  const [annSocket, bobSocket] = [await ann.connect(channelId), await bob.connect(channelId)];
  disconnectDatabase();
  for (let n = 0; n < 200; n++) {
    if (n % 2)
      expect(
        (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: `m${n}` })).status,
      ).toBe(201);
    else expect((await annSocket.sendCommand("messageCreate", { content: `m${n}` })).type).toBe("ack");
  }
  await bobSocket.waitForSeq(203);
  expect(bobSocket.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 4));
  await exhaustRetries(channelId);
  expect(await projectedSeq(channelId)).toBe(3);
  restoreDatabases();
  expect(await runScheduledTask(channelId)).toBe(true);
  expect(await projectionProgress(channelId)).toEqual({ head: 203, recorded: 203 });
  await expectDatabaseMatchesLog(channelId);
  const contents = (await channelRows(channelId))["messages"]!.map(
    (row) => (row as { content: string }).content,
  );
  expect(contents).toEqual(Array.from({ length: 200 }, (_, n) => `m${n}`));
});

test("[PJ3] after an outage the next message is projected at once, without the alarm", async () => {
  const { ann, channelId } = await two();
  disconnectDatabase();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "lost?" });
  restoreDatabases();
  await runScheduledTask(channelId);
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "after" });
  expect(await projectedSeq(channelId)).toBe(5);
  expect(await roomRows(channelId, "SELECT key FROM due WHERE attempts > 0")).toEqual([]);
});

test("[PJ4] past the platform's six retries each alarm sets the next with backoff", async () => {
  const { ann, channelId } = await two();
  disconnectDatabase();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "patience" });
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 20; attempt++) {
    expect(await runScheduledTask(channelId), `alarm ${attempt} is set`).toBe(true);
    waits.push(((await scheduledAt(channelId, "record")) ?? 0) - Date.now());
  }
  expect(await projectedSeq(channelId)).toBe(3);
  expect(Math.min(...waits)).toBeGreaterThan(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  expect(waits.at(-1), "backs off").toBeGreaterThanOrEqual(15_000);
  restoreDatabases();
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 4, recorded: 4 });
  await expectDatabaseMatchesLog(channelId);
  while (await runScheduledTask(channelId));
  expect(await roomRows(channelId, "SELECT * FROM due")).toEqual([]);
});

test("[PJ4] an object evicted during the outage continues by its alarm", async () => {
  const { ann, channelId } = await two();
  disconnectDatabase();
  for (let n = 0; n < 5; n++) {
    await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: `m${n}` });
    await abortAllDurableObjects();
    if (n % 2) await runScheduledTask(channelId);
  }
  expect(await roomAlarmAt(channelId)).not.toBeNull();
  restoreDatabases();
  await abortAllDurableObjects();
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 8, recorded: 8 });
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ4] messages sent while D1 fails do not move the next retry", async () => {
  const { ann, channelId } = await two();
  const socket = await ann.connect(channelId);
  disconnectDatabase();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "first" });
  await exhaustRetries(channelId);
  const before = await scheduledAt(channelId, "record");
  let tries = 0;
  interceptDatabase(() => (tries++, rejectAsUnreachable()));
  for (let n = 0; n < 20; n++) await socket.sendCommand("messageCreate", { content: `m${n}` });
  expect(await scheduledAt(channelId, "record")).toBe(before);
  expect(tries, "while it fails only the alarm tries").toBe(0);
});

test("[PJ3] with D1 failing a third of batches every event arrives once, in order", async () => {
  const { ann, channelId } = await two();
  const socket = await ann.connect(channelId);
  let trips = 0;
  interceptDatabase(async (trip) => {
    if (!isProjectionBatch(trip)) return trip.run();
    trips++;
    if (trips % 3 === 1) return rejectAsUnreachable();
    const done = await trip.run();
    return trips % 3 === 2 ? rejectAsUnreachable() : done;
  });
  for (let n = 0; n < 60; n++) {
    socket.send(messageFrame(`m${n}`));
    if (n % 7 === 0) await socket.sendCommand("messageCreate", { content: `waited ${n}` });
    if (n % 10 === 9) await runScheduledTask(channelId);
  }
  await socket.waitForSeq(3 + 60 + 9);
  for (
    let n = 0;
    n < 60 && (await projectionProgress(channelId)).recorded < (await projectionProgress(channelId)).head;
    n++
  )
    await runScheduledTask(channelId);
  restoreDatabases();
  expect((await roomLog(channelId)).length).toBe(3 + 60 + 9);
  await expectDatabaseMatchesLog(channelId);
});
