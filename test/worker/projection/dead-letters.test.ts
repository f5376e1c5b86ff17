import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { buildRequest, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { channelRows, databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import {
  projectedSeq,
  projectionProgress,
  runScheduledTask,
} from "../../support/worker/objects/projection.ts";
import type { Health } from "../../../src/protocol/index.ts";

/** The current health: separate bindings have no cached response. */
async function healthNow() {
  const response = await sendWithBindings({}, buildRequest("GET", "/v1/health"));
  return { status: response.status, body: (await response.json()) as Health };
}

/** Makes D1 reject messages that contain this text. */
const poison = "never for D1";

afterEach(async () => {
  restoreDatabases();
  vi.useRealTimers();
  await writeDatabase("DROP TRIGGER IF EXISTS poison");
  await writeDatabase("DELETE FROM dead_letters");
});

const poisonRecord = () =>
  writeDatabase(
    `CREATE TRIGGER poison BEFORE INSERT ON messages WHEN instr(NEW.content, '${poison}') BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: poisoned'); END`,
  );

const say = (ann: TestUser, channelId: string, content: string) =>
  ann.call("POST", `/v1/channels/${channelId}/messages`, { content });
const contents = async (channelId: string) =>
  (await channelRows(channelId))["messages"]!.map((row) => (row as { content: string }).content);

async function reproject(channelId: string): Promise<void> {
  const admin = await createUser("admin", { role: "admin" });
  const { status, body } = await admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
  expect(status).toBe(200);
  await eventually(async () => (await projectionProgress(channelId)).recorded >= body.seq, "the rebuild");
}

test("[PJ5] an event that D1 rejects is parked: others go on, health is degraded", async () => {
  const ann = await createUser("ann");
  const [channelId, other] = [await createChannelFor(ann), await createChannelFor(ann)];
  expect((await healthNow()).body.status).toBe("ok");
  await poisonRecord();
  await say(ann, channelId, "before");
  expect((await say(ann, channelId, poison)).status).toBe(201);
  expect((await say(ann, channelId, "after")).status).toBe(201);
  await say(ann, other, "elsewhere");
  expect(await contents(channelId)).toEqual(["before", "after"]);
  expect(await contents(other)).toEqual(["elsewhere"]);
  expect(await projectionProgress(channelId)).toEqual({ head: 5, recorded: 5 });
  expect(await databaseRows("SELECT channel_id, seq, error FROM dead_letters")).toEqual([
    { channel_id: channelId, seq: 4, error: expect.stringContaining("constraint failed") },
  ]);
  const health = await healthNow();
  expect(health).toMatchObject({
    status: 200,
    body: { status: "degraded", checks: { database: { status: "degraded" } } },
  });
  expect(
    JSON.stringify(health.body) + JSON.stringify(await databaseRows("SELECT error FROM dead_letters")),
    "no content in the error",
  ).not.toContain(poison);

  // Retried before D1 accepts it, it is parked again, once.
  await reproject(channelId);
  expect(await databaseRows("SELECT channel_id, seq FROM dead_letters")).toEqual([
    { channel_id: channelId, seq: 4 },
  ]);

  await writeDatabase("DROP TRIGGER poison");
  await reproject(channelId);
  expect(await contents(channelId)).toEqual(["before", poison, "after"]);
  expect((await healthNow()).body.status).toBe("ok");
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ5] only the rejected events among hundreds of one batch are parked", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const socket = await ann.connect(channelId);
  await poisonRecord();
  interceptDatabase((trip) =>
    isProjectionBatch(trip) ? Promise.reject(new Error("D1_ERROR: Network connection lost.")) : trip.run(),
  );
  const bad = new Set([1, 57, 58, 199, 200]);
  for (let n = 1; n <= 200; n++) socket.send(messageFrame(bad.has(n) ? `${n} ${poison}` : `${n}`));
  await socket.waitForSeq(202);
  restoreDatabases();
  await runScheduledTask(channelId);
  await eventually(async () => (await projectionProgress(channelId)).recorded === 202);
  expect(
    await databaseRows("SELECT seq FROM dead_letters WHERE channel_id = ? ORDER BY seq", channelId),
  ).toEqual([...bad].map((n) => ({ seq: n + 2 })));
  expect((await contents(channelId)).map(Number)).toEqual(
    Array.from({ length: 200 }, (_, n) => n + 1).filter((n) => !bad.has(n)),
  );
  await writeDatabase("DROP TRIGGER poison");
  await reproject(channelId);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ5] a message with a parked creation comes with its next change; deletable", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await poisonRecord();
  const { body } = await say(ann, channelId, poison);
  await ann.call("PATCH", `/v1/channels/${channelId}/messages/${body.id}`, { content: "harmless" });
  expect(await contents(channelId)).toEqual(["harmless"]);
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${body.id}`);
  expect(await contents(channelId)).toEqual([""]);
  expect(await databaseRows("SELECT * FROM message_versions WHERE message_id = ?", body.id)).toEqual([]);
  await writeDatabase("DROP TRIGGER poison");
  await reproject(channelId);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ5] a lost response while parking parks nothing twice and skips nothing", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await poisonRecord();
  let lost = 0;
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    if (!trip.statements.some(({ sql }) => sql.includes("dead_letters")) || lost > 0) return done;
    lost++;
    throw new Error("D1_ERROR: Network connection lost.");
  });
  await say(ann, channelId, poison);
  await say(ann, channelId, "after");
  await runScheduledTask(channelId);
  expect(lost).toBe(1);
  expect(await databaseRows("SELECT seq FROM dead_letters WHERE channel_id = ?", channelId)).toEqual([
    { seq: 3 },
  ]);
  expect(await contents(channelId)).toEqual(["after"]);
  expect(await projectedSeq(channelId)).toBe(4);
});
