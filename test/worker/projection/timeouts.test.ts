import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { channelRows } from "../../support/worker/objects/database.ts";
import {
  projectedSeq,
  projectionProgress,
  runScheduledTask,
  waitForProjection,
} from "../../support/worker/objects/projection.ts";
import { roomRows } from "../../support/worker/objects/room-object.ts";

/** D1's own limit for a batch; a response that takes longer never arrives. */
const batchLastsMs = 30_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  restoreDatabases();
});

/** Lets the test trigger D1 timeouts: timers longer than D1's limit run when the test calls them. */
function holdPatience(): { asked: () => boolean; end: () => void } {
  const real = globalThis.setTimeout;
  let ended = false;
  let waiting = 0;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((
    callback: (...given: unknown[]) => void,
    ms?: number,
    ...given: unknown[]
  ) => {
    if (ms === undefined || ms <= batchLastsMs) return real(callback, ms, ...given);
    waiting++;
    const look = (): unknown => (ended ? callback(...given) : real(look, 5));
    return real(look, 5);
  }) as never);
  return { asked: () => waiting > 0, end: () => void (ended = true) };
}

/** Holds the next projection batch until `land` executes it; with `silent` its response is lost as well. */
function holdBatch({ silent = false } = {}) {
  let state: "none" | "held" | "landing" | "landed" = "none";
  let refused: unknown;
  interceptDatabase(async (trip) => {
    if (!isProjectionBatch(trip) || state !== "none") return trip.run();
    state = "held";
    while (state === "held") await scheduler.wait(2);
    try {
      return await trip.run();
    } catch (error) {
      refused = error;
      throw error;
    } finally {
      state = "landed";
      if (silent) await new Promise(() => {});
    }
  });
  return {
    held: () => eventually(() => state === "held", "a batch of the projection"),
    land: async () => {
      state = "landing";
      await eventually(() => state === "landed", "the late batch");
      return refused;
    },
  };
}

async function stuck(options?: { silent: boolean }) {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await waitForProjection(channelId);
  const patience = holdPatience();
  const batch = holdBatch(options);
  const socket = await ann.connect(channelId);
  expect((await socket.sendCommand("messageCreate", { content: "one" })).type).toBe("ack");
  await batch.held();
  const giveUp = async (): Promise<void> => {
    expect(patience.asked(), "the room waits, but not for ever").toBe(true);
    patience.end();
    await eventually(async () => (await triesOf(channelId)) > 0, "the room gives the batch up");
  };
  return { ann, channelId, socket, batch, giveUp };
}

const triesOf = async (channelId: string): Promise<number> => {
  const [row] = await roomRows<{ attempts: number }>(
    channelId,
    "SELECT attempts FROM due WHERE key = 'record'",
  );
  return row?.attempts ?? 0;
};

test("[PJ3] while a batch hangs writes go on; after the timeout it is retried", async () => {
  const { ann, channelId, socket, giveUp } = await stuck();
  expect((await socket.sendCommand("messageCreate", { content: "two" })).type).toBe("ack");
  const { status } = await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "three" });
  expect(status).toBe(201);
  expect(await projectedSeq(channelId)).toBe(2);
  await giveUp();
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 5, recorded: 5 });
  await expectDatabaseMatchesLog(channelId);
});

for (const silent of [false, true])
  test(`[PJ2] [PJ3] abandoned batch after successor: no-op${silent ? ", silent" : ""}`, async () => {
    const { ann, channelId, socket, batch, giveUp } = await stuck({ silent });
    await giveUp();
    await runScheduledTask(channelId);
    await socket.sendCommand("messageCreate", { content: "two" });
    await waitForProjection(channelId);
    const before = await channelRows(channelId);
    expect(String(await batch.land())).toContain("NOT NULL constraint failed: channels.projected_seq");
    expect(await channelRows(channelId)).toEqual(before);
    expect(await projectionProgress(channelId)).toEqual({ head: 4, recorded: 4 });
    expect((await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "three" })).status).toBe(
      201,
    );
    expect(await projectedSeq(channelId), "and the sink goes on at once").toBe(5);
    await expectDatabaseMatchesLog(channelId);
  });

test("[PJ2] [PJ3] an abandoned batch that lands before its retry is detected", async () => {
  const { channelId, socket, batch, giveUp } = await stuck();
  await giveUp();
  expect(await batch.land()).toBeUndefined();
  expect((await projectionProgress(channelId)).recorded, "the late answer is nobody's").toBeLessThanOrEqual(
    3,
  );
  await socket.sendCommand("messageCreate", { content: "two" });
  await runScheduledTask(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 4, recorded: 4 });
  await expectDatabaseMatchesLog(channelId);
});
