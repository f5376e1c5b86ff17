import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { seededRandom } from "../../../scripts/support/seeded-random.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import {
  interceptSearchIndex,
  isIndexBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createActiveChannel } from "../../support/worker/fixtures/sample-channels.ts";
import {
  operationSequence,
  type ScheduledOperation,
} from "../../support/worker/generators/room-operations.ts";
import { RoomSimulation } from "../../support/worker/generators/room-simulation.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";
import { indexedChannel, indexRows, waitForIndex } from "../../support/worker/objects/search-index.ts";

const seed = Number(process.env["VITE_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const runs = Number(process.env["VITE_MODEL_RUNS"] ?? 32);
const [steps, lanes] = [30, 8];

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

/** Loses every few batches, before or after the index has them, or repeats them later. */
function disturbBatches(): void {
  const draw = seededRandom(seed);
  const late: (() => Promise<unknown>)[] = [];
  interceptSearchIndex(async (call) => {
    if (!isIndexBatch(call)) return call.run();
    const lot = draw();
    if (lot < 0.08) return rejectAsUnreachable();
    if (lot < 0.16) {
      late.push(call.run);
      return rejectAsUnreachable();
    }
    const done = await call.run();
    if (lot < 0.3)
      await late
        .shift()?.()
        .catch(() => {});
    return lot > 0.9 ? rejectAsUnreachable() : done;
  });
}

async function runCommands(
  createSearchScenario: TestUser[],
  sequence: ScheduledOperation[],
  anewAt: number,
  isPrivate: boolean,
): Promise<void> {
  const [ann, bob, cid] = createSearchScenario as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid], { isPrivate });
  const script = new RoomSimulation(createSearchScenario, channelId);
  script.setSocket(0, await ann.connect(channelId, "?since=0"));
  script.setSocket(1, await bob.connect(channelId));
  for (const [at, move] of sequence.entries()) {
    if (at === anewAt) await roomStub(channelId).reindex({ direct: false });
    await script.carryOut(move);
  }
  await script.end();
  script.close();
  for (let round = 0; round < 20; round++) {
    const { head, indexed } = await roomStub(channelId).progress();
    if (indexed === head) break;
    await runScheduledTask(channelId, "search");
  }
  await expectIndexMatchesLog(channelId);
}

test(`[SR1] index equals log: ${runs} runs of ${steps} commands (seed ${seed})`, async () => {
  disturbBatches();
  // In parallel, since they wait most of their time.
  const lane = async (_: unknown, at: number): Promise<void> => {
    const createSearchScenario = await createUsers("ann", "bob", "cid", "dan");
    await fc.assert(
      fc.asyncProperty(operationSequence(steps), fc.nat(steps - 1), fc.boolean(), (...args) =>
        runCommands(createSearchScenario, ...args),
      ),
      { seed: seed + at, numRuns: Math.ceil(runs / lanes), endOnFailure: true },
    );
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}, 120_000);

test("[SR1] additions to messages, members, threads and names are indexed", async () => {
  const { channelId } = await createActiveChannel();
  await expectIndexMatchesLog(channelId);
});

test("[SR1] messages of one millisecond have distinct positions, in their order", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const channels = await Promise.all(Array.from({ length: 4 }, () => createChannelFor(ann)));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const sockets = await Promise.all(channels.map((channelId) => ann.connect(channelId)));
  for (let n = 0; n < 60; n++)
    for (const socket of sockets) socket.send({ type: "messageCreate", data: { content: `word${n}` } });
  await Promise.all(sockets.map((socket) => socket.waitForSeq(62)));
  vi.useRealTimers();
  for (const channelId of channels) {
    await expectIndexMatchesLog(channelId);
    const { no } = (await indexedChannel(channelId))!;
    const words = await indexRows<{ words: string }>(
      "SELECT words FROM documents JOIN search_text ON search_text.rowid = doc WHERE channel_no = ? ORDER BY doc",
      no,
    );
    expect(words.map((row) => row.words)).toEqual(Array.from({ length: 60 }, (_, n) => `word${n}`));
  }
  const [rows] = await indexRows<{ n: number; moments: number }>(
    "SELECT count(*) AS n, count(DISTINCT created_at) AS moments FROM documents WHERE channel_no IN (SELECT no FROM search_channels WHERE channel_id IN (SELECT value FROM json_each(?)))",
    JSON.stringify(channels),
  );
  expect(rows).toEqual({ n: 240, moments: 1 });
});

test("[SR1] an archived channel stays indexed; a hidden one is marked private", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "kept" });
  await ann.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true });
  expect((await indexedChannel(channelId))!.type).toBe("private");
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  await waitForIndex(channelId);
  await expectIndexMatchesLog(channelId);
});
