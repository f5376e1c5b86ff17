import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { skipBatchInterval } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  type DatabaseCall,
  interceptSearchIndex,
  isIndexBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";
import {
  indexedSeq,
  indexRows,
  messageIdsWithWord,
  waitForIndex,
} from "../../support/worker/objects/search-index.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.useRealTimers();
});

async function createScenario(): Promise<{ ann: TestUser; channelId: string }> {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await waitForIndex(channelId);
  return { ann, channelId };
}

const say = (ann: TestUser, channelId: string, content: string) =>
  ann.call("POST", `/v1/channels/${channelId}/messages`, { content, nonce: content.replaceAll(" ", "-") });

for (const point of ["room:before-index", "room:after-index"] as const)
  test(`[SR1] after 10 crashes at ${point} the index has everything once`, async () => {
    const { ann, channelId } = await createScenario();
    const word = point.slice(5).replace("-", "");
    for (let round = 0; round < 10; round++) {
      const died = crashAt(point);
      skipBatchInterval();
      const answer = say(ann, channelId, `${word} ${round}`);
      await died;
      await answer;
      expect(await indexedSeq(channelId)).toBe(2 + round + (point === "room:after-index" ? 1 : 0));
      if (round % 2) await runScheduledTask(channelId, "search");
      await waitForIndex(channelId);
    }
    expect(await messageIdsWithWord(word)).toHaveLength(10);
    await expectIndexMatchesLog(channelId);
  });

test("[SR1] while the index is down people read and write; then it catches up", async () => {
  const { ann, channelId } = await createScenario();
  interceptSearchIndex(rejectAsUnreachable);
  skipBatchInterval();
  for (let n = 0; n < 40; n++) expect((await say(ann, channelId, `m${n}`)).status).toBe(201);
  const page = await ann.call("GET", `/v1/channels/${channelId}/messages?limit=100`);
  expect(page.body.items).toHaveLength(40);
  expect(await indexedSeq(channelId)).toBe(2);
  const health = await ann.call("GET", "/v1/health");
  expect(health).toMatchObject({
    status: 200,
    body: { status: "degraded", checks: { search: { status: "down" }, database: { status: "ok" } } },
  });
  for (let n = 0; n < 5; n++) await runScheduledTask(channelId, "search");
  await abortAllDurableObjects();
  restoreDatabases();
  await runScheduledTask(channelId, "search");
  await eventually(async () => (await indexedSeq(channelId)) === 42, "the messages of the outage");
  skipBatchInterval();
  await say(ann, channelId, "after");
  await eventually(async () => (await indexedSeq(channelId)) === 43, "the later messages");
  await expectIndexMatchesLog(channelId);
});

test("[SR1] [SR2] a late batch that arrives after its successor fails as a whole", async () => {
  const { ann, channelId } = await createScenario();
  const caught: DatabaseCall[] = [];
  interceptSearchIndex((call) =>
    isIndexBatch(call) ? (caught.push(call), rejectAsUnreachable()) : call.run(),
  );
  skipBatchInterval();
  const { body } = await say(ann, channelId, "sesame");
  await eventually(() => caught.length > 0);
  restoreDatabases();
  await runScheduledTask(channelId, "search");
  expect(await messageIdsWithWord("sesame")).toEqual([body.id]);
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${body.id}`);
  await waitForIndex(channelId);
  const rows = () => indexRows("SELECT * FROM documents");
  const before = await rows();
  for (let time = 0; time < 3; time++)
    await expect(caught[0]!.run()).rejects.toThrow("NOT NULL constraint failed: search_channels.indexed_seq");
  expect(await rows()).toEqual(before);
  await expectIndexMatchesLog(channelId);
});

test("[SR2] so does one that arrives while the index is rebuilt", async () => {
  const ann = await createUser("ann");
  let first: DatabaseCall | undefined;
  interceptSearchIndex((call) => {
    if (isIndexBatch(call)) first ??= call;
    return call.run();
  });
  const channelId = await createChannelFor(ann);
  await waitForIndex(channelId);
  let anew = false;
  let passed: unknown;
  interceptSearchIndex(async (call) => {
    const done = await call.run();
    if (call.statements[0]!.sql.includes("UPDATE search_channels SET epoch")) {
      anew = true;
      passed = await first!.run().catch((error: unknown) => String(error));
    }
    return done;
  });
  await roomStub(channelId).reindex({ direct: false });
  await eventually(() => anew && passed !== undefined);
  expect(passed).toContain("NOT NULL constraint failed: search_channels.indexed_seq");
  await expectIndexMatchesLog(channelId);
});
