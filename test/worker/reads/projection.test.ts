import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { readThread, setNotificationLevel } from "../../../src/protocol/index.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { listedUnread, markReadUpTo } from "../../support/worker/clients/read-state.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  type DatabaseCall,
  disconnectDatabase,
  interceptDatabase,
  isMemberStateBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createActiveChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { channelRows, databaseRows } from "../../support/worker/objects/database.ts";
import {
  roomAlarmAt,
  runScheduledTask,
  scheduledAt,
  waitForProjections,
} from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, roomRows } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.useRealTimers();
});

async function ten(): Promise<{ ann: TestUser; bob: TestUser; channelId: string }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  for (let n = 0; n < 10; n++) await postMessage(ann, channelId, `${n}`);
  return { ann, bob, channelId };
}
const recordedRead = async (channelId: string, { userId }: TestUser) =>
  (
    await databaseRows<{ seq: number }>(
      "SELECT last_read_seq AS seq FROM channel_readers WHERE channel_id = ? AND user_id = ?",
      channelId,
      userId,
    )
  )[0]?.seq;

test("[RS5] a thousand reads cause few D1 rows: the last of each member counts", async () => {
  const { ann, bob, channelId } = await ten();
  const [hers, his] = [await ann.connect(channelId), await bob.connect(channelId)];
  let [trips, rows] = [0, 0];
  interceptDatabase((trip) => {
    if (isMemberStateBatch(trip)) {
      trips++;
      rows += JSON.parse(String(trip.statements[0]!.params[0])).length;
    }
    return trip.run();
  });
  for (let n = 0; n < 500; n++)
    for (const socket of [hers, his])
      socket.send({ id: n, type: "read", data: { seq: n % 13, markUnread: true } });
  await Promise.all([hers, his].map((socket) => socket.waitFor((item) => "id" in item && item.id === 499)));
  await waitForProjections(channelId);
  expect(trips).toBeLessThanOrEqual(6);
  expect(rows).toBeLessThanOrEqual(12);
  expect([await recordedRead(channelId, ann), await recordedRead(channelId, bob)]).toEqual([5, 5]);
  await expectDatabaseMatchesLog(channelId);
});

test("[RS5] repeated, late and reordered batches are ignored: the newest rev wins", async () => {
  const { ann, bob, channelId } = await ten();
  const { id } = await postMessage(bob, channelId, "root");
  await postReply(ann, { channelId, id }, "reply");
  const batches: DatabaseCall[] = [];
  interceptDatabase((trip) => {
    if (isMemberStateBatch(trip)) batches.push(trip);
    return trip.run();
  });
  for (const seq of [4, 9, 6, 12, 5]) {
    await markReadUpTo(bob, channelId, seq);
    await expectOk(readThread, { as: bob, params: { channelId, messageId: id }, body: { seq: seq + 2 } });
    await expectOk(setNotificationLevel, {
      as: bob,
      params: { channelId },
      body: { level: seq % 2 ? "all" : "none" },
    });
  }
  await waitForProjections(channelId);
  const before = await channelRows(channelId);
  expect(batches.length).toBeGreaterThanOrEqual(9);
  for (const batch of [...batches.toReversed(), ...batches, batches[3]!, batches[0]!]) {
    await batch.run();
    expect(await channelRows(channelId)).toEqual(before);
  }
  await expectDatabaseMatchesLog(channelId);
});

test("[RS5] [LG5] crashes before or after D1's or its own commit lose no read position", async () => {
  const { bob, channelId } = await ten();
  for (const [round, point] of (
    ["room:after-personal", "room:after-commit", "room:after-ack", "room:after-personal"] as const
  ).entries()) {
    const died = crashAt(point);
    const answer = markReadUpTo(bob, channelId, 4 + round).catch(() => "no answer");
    await died;
    await answer;
    expect(await roomAlarmAt(channelId)).not.toBeNull();
    while (await runScheduledTask(channelId, "personal"));
    vi.useRealTimers();
    expect(await recordedRead(channelId, bob), point).toBe(4 + round);
  }
  let reached = false;
  interceptDatabase((trip) =>
    isMemberStateBatch(trip) ? ((reached = true), new Promise(() => {})) : trip.run(),
  );
  const answer = markReadUpTo(bob, channelId, 10).catch(() => "no answer");
  await eventually(() => reached);
  await abortAllDurableObjects();
  restoreDatabases();
  await answer;
  while (await runScheduledTask(channelId, "personal"));
  expect(await recordedRead(channelId, bob)).toBe(10);
  await expectDatabaseMatchesLog(channelId);
  expect(await roomRows(channelId, "SELECT * FROM due")).toEqual([]);
});

test("[RS5] [PJ3] while D1 is down the room counts; then all positions are projected", async () => {
  const { ann, bob, channelId } = await ten();
  await waitForProjections(channelId);
  disconnectDatabase();
  for (const seq of [4, 5, 6])
    expect(await markReadUpTo(bob, channelId, seq)).toMatchObject({ unread: 13 - seq });
  await postMessage(ann, channelId, `@${bob.username}`);
  expect(await markReadUpTo(bob, channelId, 7)).toEqual({ lastReadSeq: 7, unread: 7, mentions: 1 });
  for (let n = 0; n < 10; n++) {
    await runScheduledTask(channelId, "personal");
    if (n % 3 === 0) await evictRoom(channelId);
    if (n % 3 === 1) await abortAllDurableObjects();
  }
  expect(
    await scheduledAt(channelId, "personal"),
    "it goes on past the platform's six retries",
  ).not.toBeNull();
  restoreDatabases();
  expect(await recordedRead(channelId, bob)).toBe(3);
  await runScheduledTask(channelId, "personal");
  await runScheduledTask(channelId, "record");
  vi.useRealTimers();
  expect(await listedUnread(bob, channelId)).toMatchObject({ lastReadSeq: 7, unread: 7, mentions: 1 });
  await expectDatabaseMatchesLog(channelId);
});

test("[RS5] with D1 failing two batches in three it ends equal to the room", async () => {
  const { ann, bob, channelId } = await ten();
  const socket = await bob.connect(channelId);
  let trips = 0;
  interceptDatabase(async (trip) => {
    if (!isMemberStateBatch(trip) || ++trips % 3 === 0) return trip.run();
    if (trips % 3 === 1) return rejectAsUnreachable();
    await trip.run();
    return rejectAsUnreachable();
  });
  for (let n = 0; n < 40; n++) {
    await socket.sendCommand("read", { seq: n % 13, markUnread: true });
    if (n % 5 === 0) await markReadUpTo(ann, channelId, n % 11);
    if (n % 8 === 0) await runScheduledTask(channelId, "personal");
  }
  while (await runScheduledTask(channelId, "personal"));
  restoreDatabases();
  vi.useRealTimers();
  await expectDatabaseMatchesLog(channelId);
});

test("[RS5] [PJ6] a rebuild restores read positions and follows exactly, during reads", async () => {
  const { bob, cid, channelId } = await createActiveChannel();
  await expectDatabaseMatchesLog(channelId);
  const before = await channelRows(channelId);
  const admin = await createUser("admin", { role: "admin" });
  const rebuild = () => admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
  for (let time = 0; time < 2; time++) {
    expect((await rebuild()).status).toBe(200);
    await waitForProjections(channelId);
    expect(await channelRows(channelId)).toEqual(before);
  }
  for (let round = 0; round < 5; round++) {
    const rebuilding = rebuild();
    for (let n = 0; n < 10; n++) await markReadUpTo(n % 2 ? bob : cid, channelId, (round + n) % 20);
    await rebuilding;
  }
  await expectDatabaseMatchesLog(channelId);
});

test("[RS5] a room without new reads hibernates without alarm or pending work", async () => {
  const { bob, channelId } = await ten();
  await markReadUpTo(bob, channelId, 7);
  await waitForProjections(channelId);
  while (await runScheduledTask(channelId));
  expect(await roomAlarmAt(channelId)).toBeNull();
  expect(await roomRows(channelId, "SELECT * FROM due")).toEqual([]);
  expect(
    await inRoom(channelId, (_, { storage }) => storage.sql.exec("SELECT * FROM deliveries").toArray()),
  ).toEqual([]);
  await evictRoom(channelId);
  expect(await listedUnread(bob, channelId)).toMatchObject({ lastReadSeq: 7, unread: 6 });
});
