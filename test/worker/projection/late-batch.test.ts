import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import {
  type DatabaseCall,
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { channelRows } from "../../support/worker/objects/database.ts";
import {
  projectedSeq,
  projectionProgress,
  runScheduledTask,
} from "../../support/worker/objects/projection.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

/** Catches the next projection batches: the room treats them as lost, and D1 has not executed them yet. */
function loseBatches(): DatabaseCall[] {
  const caught: DatabaseCall[] = [];
  interceptDatabase((trip) =>
    isProjectionBatch(trip) ? (caught.push(trip), rejectAsUnreachable()) : trip.run(),
  );
  return caught;
}

const say = (ann: TestUser, channelId: string, content: string) =>
  ann.call("POST", `/v1/channels/${channelId}/messages`, { content });

test("[PJ2] a lost batch that lands after its successor fails and changes nothing", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const caught = loseBatches();
  const { body } = await say(ann, channelId, "secret");
  restoreDatabases();
  await runScheduledTask(channelId);
  await ann.call("PATCH", `/v1/channels/${channelId}/messages/${body.id}`, { content: "edited" });
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${body.id}`);
  const before = await channelRows(channelId);
  expect(caught).toHaveLength(1);
  for (let time = 0; time < 3; time++)
    await expect(caught[0]!.run()).rejects.toThrow("NOT NULL constraint failed: channels.projected_seq");
  expect(await channelRows(channelId)).toEqual(before);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ2] a lost batch that lands before its successor moves the room's cursor", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const caught = loseBatches();
  await say(ann, channelId, "one");
  for (let n = 0; n < 8; n++) await runScheduledTask(channelId);
  restoreDatabases();
  await caught[0]!.run();
  await say(ann, channelId, "two");
  expect(await projectedSeq(channelId)).toBe(3);
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 4, recorded: 4 });
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ2] a repeated first batch does not bring the first state back", async () => {
  const ann = await createUser("ann");
  let first: DatabaseCall | undefined;
  interceptDatabase((trip) => {
    if (isProjectionBatch(trip)) first ??= trip;
    return trip.run();
  });
  const channelId = await createChannelFor(ann);
  await ann.call("PATCH", `/v1/channels/${channelId}`, { topic: "newer" });
  await expect(first!.run()).rejects.toThrow("NOT NULL constraint failed");
  expect((await ann.call("GET", `/v1/channels/${channelId}`)).body).toMatchObject({ topic: "newer", seq: 3 });
});

test("[PJ2] [PJ6] a first batch landing again during a rebuild ends at the log's head", async () => {
  const ann = await createUser("ann");
  let first: DatabaseCall | undefined;
  interceptDatabase((trip) => {
    if (isProjectionBatch(trip)) first ??= trip;
    return trip.run();
  });
  const channelId = await createChannelFor(ann);
  const { body } = await say(ann, channelId, "secret");
  await ann.call("PATCH", `/v1/channels/${channelId}`, { topic: "newer" });
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${body.id}`);
  const admin = await createUser("admin", { role: "admin" });
  let cleared = false;
  interceptDatabase(async (trip) => {
    if (cleared && isProjectionBatch(trip)) {
      cleared = false;
      await first!.run();
    }
    const done = await trip.run();
    if (trip.statements.some(({ sql }) => sql.startsWith("delete from"))) cleared = true;
    return done;
  });
  await admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
  await eventually(async () => (await projectionProgress(channelId)).recorded === 5);
  expect(cleared).toBe(false);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ1] a D1 response lost after the commit repeats nothing", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    return isProjectionBatch(trip) ? rejectAsUnreachable() : done;
  });
  for (let n = 0; n < 5; n++) await say(ann, channelId, `m${n}`);
  for (let n = 0; n < 5; n++) await runScheduledTask(channelId);
  restoreDatabases();
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 7, recorded: 7 });
  await expectDatabaseMatchesLog(channelId);
});
