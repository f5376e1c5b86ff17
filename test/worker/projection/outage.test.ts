import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import {
  breakDatabase,
  interceptDatabase,
  isProjection,
  recordOf,
  restoreDatabase,
  unreachable,
} from "../../support/worker/database.ts";
import {
  alarm,
  alarmAt,
  dueAt,
  expectRecordIsLog,
  progressOf,
  recorded,
  wearOut,
} from "../../support/worker/projection.ts";
import { create, logOf, rowsOf } from "../../support/worker/room.ts";

afterEach(() => {
  restoreDatabase();
  vi.useRealTimers();
});

async function two(): Promise<{ ann: Person; bob: Person; channelId: string }> {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  return { ann, bob, channelId: await channelOf(ann, [bob]) };
}

test("[PJ3] while D1 refuses everything 200 messages are sent and heard; then all arrive by themselves, once, in order", async () => {
  const { ann, bob, channelId } = await two();
  const [annSocket, bobSocket] = [await ann.connect(channelId), await bob.connect(channelId)];
  breakDatabase();
  for (let n = 0; n < 200; n++) {
    if (n % 2)
      expect(
        (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: `m${n}` })).status,
      ).toBe(201);
    else expect((await annSocket.ask("messageCreate", { content: `m${n}` })).type).toBe("ack");
  }
  await bobSocket.caughtUp(203);
  expect(bobSocket.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 4));
  await wearOut(channelId);
  expect(await recorded(channelId)).toBe(3);
  restoreDatabase();
  expect(await alarm(channelId)).toBe(true);
  expect(await progressOf(channelId)).toEqual({ head: 203, recorded: 203 });
  await expectRecordIsLog(channelId);
  const contents = (await recordOf(channelId))["messages"]!.map(
    (row) => (row as { content: string }).content,
  );
  expect(contents).toEqual(Array.from({ length: 200 }, (_, n) => `m${n}`));
});

test("[PJ3] after an outage the next message is projected at once again, without the alarm", async () => {
  const { ann, channelId } = await two();
  breakDatabase();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "lost?" });
  restoreDatabase();
  await alarm(channelId);
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "after" });
  expect(await recorded(channelId)).toBe(5);
  expect(await rowsOf(channelId, "SELECT key FROM due WHERE attempts > 0")).toEqual([]);
});

test("[PJ4] D1 refuses past the platform's six retries: each alarm sets the next, later and later, until all has arrived", async () => {
  const { ann, channelId } = await two();
  breakDatabase();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "patience" });
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 20; attempt++) {
    expect(await alarm(channelId), `alarm ${attempt} is set`).toBe(true);
    waits.push(((await dueAt(channelId, "record")) ?? 0) - Date.now());
  }
  expect(await recorded(channelId)).toBe(3);
  expect(Math.min(...waits)).toBeGreaterThan(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  expect(waits.at(-1), "backs off").toBeGreaterThanOrEqual(15_000);
  restoreDatabase();
  await alarm(channelId);
  expect(await progressOf(channelId)).toEqual({ head: 4, recorded: 4 });
  await expectRecordIsLog(channelId);
  while (await alarm(channelId));
  expect(await rowsOf(channelId, "SELECT * FROM due")).toEqual([]);
});

test("[PJ4] an object that is lost during the outage goes on by its alarm, and one that nobody calls too", async () => {
  const { ann, channelId } = await two();
  breakDatabase();
  for (let n = 0; n < 5; n++) {
    await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: `m${n}` });
    await abortAllDurableObjects();
    if (n % 2) await alarm(channelId);
  }
  expect(await alarmAt(channelId)).not.toBeNull();
  restoreDatabase();
  await abortAllDurableObjects();
  await alarm(channelId);
  expect(await progressOf(channelId)).toEqual({ head: 8, recorded: 8 });
  await expectRecordIsLog(channelId);
});

test("[PJ4] sends that come while D1 fails leave the time of the next try as it is", async () => {
  const { ann, channelId } = await two();
  const socket = await ann.connect(channelId);
  breakDatabase();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "first" });
  await wearOut(channelId);
  const before = await dueAt(channelId, "record");
  let tries = 0;
  interceptDatabase(() => (tries++, unreachable()));
  for (let n = 0; n < 20; n++) await socket.ask("messageCreate", { content: `m${n}` });
  expect(await dueAt(channelId, "record")).toBe(before);
  expect(tries, "while it fails only the alarm tries").toBe(0);
});

test("[PJ3] D1 that fails for one batch in three, at random places, ends with every event once and in order", async () => {
  const { ann, channelId } = await two();
  const socket = await ann.connect(channelId);
  let trips = 0;
  interceptDatabase(async (trip) => {
    if (!isProjection(trip)) return trip.run();
    trips++;
    if (trips % 3 === 1) return unreachable();
    const done = await trip.run();
    return trips % 3 === 2 ? unreachable() : done;
  });
  for (let n = 0; n < 60; n++) {
    socket.send(create(`m${n}`));
    if (n % 7 === 0) await socket.ask("messageCreate", { content: `waited ${n}` });
    if (n % 10 === 9) await alarm(channelId);
  }
  await socket.caughtUp(3 + 60 + 9);
  for (let n = 0; n < 60 && (await progressOf(channelId)).recorded < (await progressOf(channelId)).head; n++)
    await alarm(channelId);
  restoreDatabase();
  expect((await logOf(channelId)).length).toBe(3 + 60 + 9);
  await expectRecordIsLog(channelId);
});
