import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { channelOf, people, type Person, roomOf } from "../../support/worker/cast.ts";
import { interceptIndex, restoreDatabase, unreachable } from "../../support/worker/database.ts";
import { livelyChannel } from "../../support/worker/lively-channel.ts";
import { Play } from "../../support/worker/model.ts";
import { type Move, moves } from "../../support/worker/moves.ts";
import { alarm } from "../../support/worker/projection.ts";
import {
  allIndexed,
  expectIndexIsLog,
  indexedChannel,
  indexRows,
  isIndexing,
} from "../../support/worker/search-index.ts";

const seed = Number(process.env["VITE_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const runs = Number(process.env["VITE_MODEL_RUNS"] ?? 32);
const [steps, lanes] = [30, 8];

afterEach(() => {
  restoreDatabase();
  vi.useRealTimers();
});

/** A number for each call, the same for the same seed. */
function lots(start: number): () => number {
  let state = start;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
}

/** Every few batches one is lost before or after the index has it, or comes once more later. */
function spoilBatches(): void {
  const draw = lots(seed);
  const late: (() => Promise<unknown>)[] = [];
  interceptIndex(async (trip) => {
    if (!isIndexing(trip)) return trip.run();
    const lot = draw();
    if (lot < 0.08) return unreachable();
    if (lot < 0.16) {
      late.push(trip.run);
      return unreachable();
    }
    const done = await trip.run();
    if (lot < 0.3)
      await late
        .shift()?.()
        .catch(() => {});
    return lot > 0.9 ? unreachable() : done;
  });
}

async function play(cast: Person[], sequence: Move[], anewAt: number, isPrivate: boolean): Promise<void> {
  const [ann, bob, cid] = cast as [Person, Person, Person];
  const channelId = await channelOf(ann, [bob, cid], { isPrivate });
  const script = new Play(cast, channelId);
  script.give(0, await ann.connect(channelId, "?since=0"));
  script.give(1, await bob.connect(channelId));
  for (const [at, move] of sequence.entries()) {
    if (at === anewAt) await roomOf(channelId).reindex({ direct: false });
    await script.carryOut(move);
  }
  await script.end();
  script.close();
  for (let round = 0; round < 20; round++) {
    const { head, indexed } = await roomOf(channelId).progress();
    if (indexed === head) break;
    await alarm(channelId, "search");
  }
  await expectIndexIsLog(channelId);
}

test(`[SR1] the index equals the log for ${runs} random sequences of ${steps} commands, with evictions, lost, repeated and late batches, and while it is written anew (seed ${seed})`, async () => {
  spoilBatches();
  // Side by side: most of their time they wait.
  const lane = async (_: unknown, at: number): Promise<void> => {
    const cast = await people("ann", "bob", "cid", "dan");
    await fc.assert(
      fc.asyncProperty(moves(steps), fc.nat(steps - 1), fc.boolean(), (...args) => play(cast, ...args)),
      { seed: seed + at, numRuns: Math.ceil(runs / lanes), endOnFailure: true },
    );
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}, 120_000);

test("[SR1] what is added to messages, members, threads and names is in the index as in the log", async () => {
  const { channelId } = await livelyChannel();
  await expectIndexIsLog(channelId);
});

test("[SR1] messages of one moment, in one channel and in several, all get places of their own, in their order", async () => {
  const [ann] = (await people("ann")) as [Person];
  const channels = await Promise.all(Array.from({ length: 4 }, () => channelOf(ann)));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const sockets = await Promise.all(channels.map((channelId) => ann.connect(channelId)));
  for (let n = 0; n < 60; n++)
    for (const socket of sockets) socket.send({ type: "messageCreate", data: { content: `word${n}` } });
  await Promise.all(sockets.map((socket) => socket.caughtUp(62)));
  vi.useRealTimers();
  for (const channelId of channels) {
    await expectIndexIsLog(channelId);
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

test("[SR1] an archived channel stays in the index, and one that becomes private says so there", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob]);
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "kept" });
  await ann.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true });
  expect((await indexedChannel(channelId))!.type).toBe("private");
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  await allIndexed(channelId);
  await expectIndexIsLog(channelId);
});
