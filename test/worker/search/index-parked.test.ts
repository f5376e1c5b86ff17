import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { buildRequest, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import {
  interceptSearchIndex,
  isIndexBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import {
  indexedSeq,
  indexRows,
  messageIdsWithWord,
  waitForIndex,
} from "../../support/worker/objects/search-index.ts";
import type { Health } from "../../../src/protocol/index.ts";

/** The index rejects messages with this word. */
const poison = "xylograph";

afterEach(async () => {
  restoreDatabases();
  vi.useRealTimers();
  await indexRows("DELETE FROM search_dead_letters");
});

/** Acts as a trigger would, which a virtual table can't have. */
const poisonIndex = (): void =>
  interceptSearchIndex((call) =>
    isIndexBatch(call) && JSON.stringify(call.statements).includes(poison)
      ? Promise.reject(new Error("D1_ERROR: CHECK constraint failed: poisoned"))
      : call.run(),
  );

const say = async (ann: TestUser, channelId: string, content: string): Promise<string> =>
  (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content })).body.id;
const letters = () => indexRows("SELECT channel_id, seq FROM search_dead_letters ORDER BY seq");
/** Returns the current health: other bindings have no cached response. */
const healthNow = async () =>
  (await (await sendWithBindings({}, buildRequest("GET", "/v1/health"))).json()) as Health;

test("[SR1] an event that the index rejects is parked; reindexing repairs it", async () => {
  const ann = await createUser("ann");
  const admin = await createUser("admin", { role: "admin" });
  const channelId = await createChannelFor(ann);
  await waitForIndex(channelId);
  poisonIndex();
  await say(ann, channelId, "before");
  const id = await say(ann, channelId, poison);
  await say(ann, channelId, "after");
  await waitForIndex(channelId);
  expect(await letters()).toEqual([{ channel_id: channelId, seq: 4 }]);
  expect(
    [
      await messageIdsWithWord("before"),
      await messageIdsWithWord(poison),
      await messageIdsWithWord("after"),
    ].map((ids) => ids.length),
  ).toEqual([1, 0, 1]);
  const health = await healthNow();
  expect(health).toMatchObject({
    status: "degraded",
    checks: {
      database: { status: "ok" },
      search: { status: "degraded", detail: expect.stringMatching(/1 event.*npm run reindex/) },
    },
  });
  expect(JSON.stringify([health, await indexRows("SELECT * FROM search_dead_letters")])).not.toContain(
    poison,
  );
  const reindex = () => admin.call("POST", `/v1/admin/channels/${channelId}/reindex`);
  await reindex();
  await waitForIndex(channelId);
  expect(await letters(), "retried too early").toEqual([{ channel_id: channelId, seq: 4 }]);
  restoreDatabases();
  expect((await reindex()).body).toMatchObject({ channelId, seq: 5, recordedSeq: 5 });
  await waitForIndex(channelId);
  expect([await letters(), await messageIdsWithWord(poison)]).toEqual([[], [id]]);
  expect((await healthNow()).status).toBe("ok");
  await expectIndexMatchesLog(channelId);
});

test("[SR1] of a batch only those events are parked that the index rejects", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await waitForIndex(channelId);
  const socket = await ann.connect(channelId);
  interceptSearchIndex(rejectAsUnreachable);
  const bad = new Set([1, 57, 58, 120]);
  for (let n = 1; n <= 120; n++) socket.send(messageFrame(bad.has(n) ? `${n} ${poison}` : `${n} fine`));
  await socket.waitForSeq(122);
  poisonIndex();
  await runScheduledTask(channelId, "search");
  await eventually(async () => (await indexedSeq(channelId)) === 122);
  expect(await letters()).toEqual([...bad].map((n) => ({ channel_id: channelId, seq: n + 2 })));
  expect(await messageIdsWithWord("fine")).toHaveLength(116);
});

test("[SR1] texts too large for one statement arrive in smaller batches", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 60; n++) socket.send(messageFrame("漢字".repeat(3_950) + ` many${n}`));
  await socket.waitForSeq(62);
  await waitForIndex(channelId);
  expect(await letters()).toEqual([]);
  await expectIndexMatchesLog(channelId);
});
