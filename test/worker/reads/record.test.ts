import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { readThread, setNotificationLevel } from "../../../src/protocol/index.ts";
import { channelOf, type Person, people, person } from "../../support/worker/cast.ts";
import {
  breakDatabase,
  interceptDatabase,
  isPersonal,
  recordOf,
  recordRows,
  restoreDatabase,
  type Trip,
  unreachable,
} from "../../support/worker/database.ts";
import { ok } from "../../support/worker/endpoints.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { livelyChannel } from "../../support/worker/lively-channel.ts";
import { alarm, alarmAt, allRecorded, dueAt, expectRecordIsLog } from "../../support/worker/projection.ts";
import { answer, read, say, unreadInList } from "../../support/worker/reads.ts";
import { dieAt, hibernate, inRoom, rowsOf } from "../../support/worker/room.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabase();
  vi.useRealTimers();
});

async function ten(): Promise<{ ann: Person; bob: Person; channelId: string }> {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob]);
  for (let n = 0; n < 10; n++) await say(ann, channelId, `${n}`);
  return { ann, bob, channelId };
}
const recordedRead = async (channelId: string, { userId }: Person) =>
  (
    await recordRows<{ seq: number }>(
      "SELECT last_read_seq AS seq FROM channel_readers WHERE channel_id = ? AND user_id = ?",
      channelId,
      userId,
    )
  )[0]?.seq;

test("[RS5] a thousand reads make a few rows of D1: the last of each member counts", async () => {
  const { ann, bob, channelId } = await ten();
  const [hers, his] = [await ann.connect(channelId), await bob.connect(channelId)];
  let [trips, rows] = [0, 0];
  interceptDatabase((trip) => {
    if (isPersonal(trip)) {
      trips++;
      rows += JSON.parse(String(trip.statements[0]!.params[0])).length;
    }
    return trip.run();
  });
  for (let n = 0; n < 500; n++)
    for (const socket of [hers, his])
      socket.send({ id: n, type: "read", data: { seq: n % 13, markUnread: true } });
  await Promise.all([hers, his].map((socket) => socket.until((item) => "id" in item && item.id === 499)));
  await allRecorded(channelId);
  expect(trips).toBeLessThanOrEqual(6);
  expect(rows).toBeLessThanOrEqual(12);
  expect([await recordedRead(channelId, ann), await recordedRead(channelId, bob)]).toEqual([5, 5]);
  await expectRecordIsLog(channelId);
});

test("[RS5] batches that come again, late or in any order change nothing: the newest revision wins", async () => {
  const { ann, bob, channelId } = await ten();
  const { id } = await say(bob, channelId, "root");
  await answer(ann, channelId, id, "reply");
  const batches: Trip[] = [];
  interceptDatabase((trip) => {
    if (isPersonal(trip)) batches.push(trip);
    return trip.run();
  });
  for (const seq of [4, 9, 6, 12, 5]) {
    await read(bob, channelId, seq);
    await ok(readThread, { as: bob, params: { channelId, messageId: id }, body: { seq: seq + 2 } });
    await ok(setNotificationLevel, {
      as: bob,
      params: { channelId },
      body: { level: seq % 2 ? "all" : "none" },
    });
  }
  await allRecorded(channelId);
  const before = await recordOf(channelId);
  expect(batches.length).toBeGreaterThanOrEqual(9);
  for (const batch of [...batches.toReversed(), ...batches, batches[3]!, batches[0]!]) {
    await batch.run();
    expect(await recordOf(channelId)).toEqual(before);
  }
  await expectRecordIsLog(channelId);
});

test("[RS5] [LG5] the object dies between D1's commit and the cursor, before D1, and after its own commit: what was said stands", async () => {
  const { bob, channelId } = await ten();
  for (const [round, point] of (
    ["room:after-personal", "room:after-commit", "room:after-ack", "room:after-personal"] as const
  ).entries()) {
    const died = dieAt(point);
    const answer = read(bob, channelId, 4 + round).catch(() => "no answer");
    await died;
    await answer;
    expect(await alarmAt(channelId)).not.toBeNull();
    while (await alarm(channelId, "personal"));
    vi.useRealTimers();
    expect(await recordedRead(channelId, bob), point).toBe(4 + round);
  }
  let reached = false;
  interceptDatabase((trip) => (isPersonal(trip) ? ((reached = true), new Promise(() => {})) : trip.run()));
  const answer = read(bob, channelId, 10).catch(() => "no answer");
  await eventually(() => reached);
  await abortAllDurableObjects();
  restoreDatabase();
  await answer;
  while (await alarm(channelId, "personal"));
  expect(await recordedRead(channelId, bob)).toBe(10);
  await expectRecordIsLog(channelId);
  expect(await rowsOf(channelId, "SELECT * FROM due")).toEqual([]);
});

test("[RS5] [PJ3] while D1 is down one reads on, counted by the room; then all arrives by itself, evicted or not", async () => {
  const { ann, bob, channelId } = await ten();
  await allRecorded(channelId);
  breakDatabase();
  for (const seq of [4, 5, 6]) expect(await read(bob, channelId, seq)).toMatchObject({ unread: 13 - seq });
  await say(ann, channelId, `@${bob.username}`);
  expect(await read(bob, channelId, 7)).toEqual({ lastReadSeq: 7, unread: 7, mentions: 1 });
  for (let n = 0; n < 10; n++) {
    await alarm(channelId, "personal");
    if (n % 3 === 0) await hibernate(channelId);
    if (n % 3 === 1) await abortAllDurableObjects();
  }
  expect(await dueAt(channelId, "personal"), "it goes on past the platform's six retries").not.toBeNull();
  restoreDatabase();
  expect(await recordedRead(channelId, bob)).toBe(3);
  await alarm(channelId, "personal");
  await alarm(channelId, "record");
  vi.useRealTimers();
  expect(await unreadInList(bob, channelId)).toMatchObject({ lastReadSeq: 7, unread: 7, mentions: 1 });
  await expectRecordIsLog(channelId);
});

test("[RS5] D1 that fails for two batches in three, before and after it commits, ends with what the room has", async () => {
  const { ann, bob, channelId } = await ten();
  const socket = await bob.connect(channelId);
  let trips = 0;
  interceptDatabase(async (trip) => {
    if (!isPersonal(trip) || ++trips % 3 === 0) return trip.run();
    if (trips % 3 === 1) return unreachable();
    await trip.run();
    return unreachable();
  });
  for (let n = 0; n < 40; n++) {
    await socket.ask("read", { seq: n % 13, markUnread: true });
    if (n % 5 === 0) await read(ann, channelId, n % 11);
    if (n % 8 === 0) await alarm(channelId, "personal");
  }
  while (await alarm(channelId, "personal"));
  restoreDatabase();
  vi.useRealTimers();
  await expectRecordIsLog(channelId);
});

test("[RS5] [PJ6] a rebuild brings back where members have read and what they follow, exactly, also while they read on", async () => {
  const { bob, cid, channelId } = await livelyChannel();
  await expectRecordIsLog(channelId);
  const before = await recordOf(channelId);
  const admin = await person("admin", { role: "admin" });
  const rebuild = () => admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
  for (let time = 0; time < 2; time++) {
    expect((await rebuild()).status).toBe(200);
    await allRecorded(channelId);
    expect(await recordOf(channelId)).toEqual(before);
  }
  for (let round = 0; round < 5; round++) {
    const rebuilding = rebuild();
    for (let n = 0; n < 10; n++) await read(n % 2 ? bob : cid, channelId, (round + n) % 20);
    await rebuilding;
  }
  await expectRecordIsLog(channelId);
});

test("[RS5] a room of which nobody reads any more sleeps: no alarm is left, and nothing waits", async () => {
  const { bob, channelId } = await ten();
  await read(bob, channelId, 7);
  await allRecorded(channelId);
  while (await alarm(channelId));
  expect(await alarmAt(channelId)).toBeNull();
  expect(await rowsOf(channelId, "SELECT * FROM due")).toEqual([]);
  expect(
    await inRoom(channelId, (_, { storage }) => storage.sql.exec("SELECT * FROM deliveries").toArray()),
  ).toEqual([]);
  await hibernate(channelId);
  expect(await unreadInList(bob, channelId)).toMatchObject({ lastReadSeq: 7, unread: 6 });
});
