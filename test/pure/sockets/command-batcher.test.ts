import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CommandBatcher } from "../../../src/durable/command-batcher.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A batcher that records what it does: a commit as its commands, a broadcast as "broadcast". */
function recordingBatcher({
  capacity = 100,
  onCommit,
}: {
  capacity?: number;
  onCommit?: (commands: readonly number[], batcher: CommandBatcher<number>) => void;
} = {}) {
  const calls: (number[] | "broadcast")[] = [];
  const batcher: CommandBatcher<number> = new CommandBatcher<number>(
    {
      commitBatch(commands) {
        calls.push([...commands]);
        onCommit?.(commands, batcher);
      },
      broadcastCommitted: () => void calls.push("broadcast"),
    },
    capacity,
  );
  return { batcher, calls, commits: () => calls.filter((call) => call !== "broadcast") };
}

test("[RM3] first command commits at once; later ones batch after the broadcast", async () => {
  const { batcher, calls } = recordingBatcher();
  batcher.add(1);
  expect(calls, "without a timer").toEqual([[1]]);
  for (const command of [2, 3, 4]) batcher.add(command);
  await vi.runAllTimersAsync();
  expect(calls).toEqual([[1], "broadcast", [2, 3, 4], "broadcast"]);
  batcher.add(5);
  expect(calls.at(-1), "idle again: committed at once").toEqual([5]);
});

test("[RM9] an idle batcher has no timer, so that the object can hibernate", async () => {
  const { batcher } = recordingBatcher();
  expect(vi.getTimerCount()).toBe(0);
  batcher.add(1);
  batcher.add(2);
  await vi.runAllTimersAsync();
  expect(vi.getTimerCount()).toBe(0);
});

test("[RM16] a full queue rejects commands and keeps the accepted ones in order", async () => {
  const { batcher, commits } = recordingBatcher({ capacity: 3 });
  expect([1, 2, 3, 4, 5, 6].map((command) => batcher.add(command))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  await vi.runAllTimersAsync();
  expect(commits()).toEqual([[1], [2, 3, 4]]);
  expect(batcher.add(7), "the queue has space again").toBe(true);
});

test("[RM7] a command added during a commit joins the next batch", async () => {
  const { batcher, calls } = recordingBatcher({
    onCommit: (commands, batcher) => void (commands.includes(1) && batcher.add(10)),
  });
  batcher.add(1);
  await vi.runAllTimersAsync();
  expect(calls).toEqual([[1], "broadcast", [10], "broadcast"]);
});

test("[LG3] a clock jump in either direction delays no batch", async () => {
  for (const jumpMs of [-3_600_000, 3_600_000]) {
    const { batcher, commits } = recordingBatcher();
    batcher.add(1);
    batcher.add(2);
    vi.setSystemTime(Date.now() + jumpMs);
    batcher.add(3);
    await vi.advanceTimersByTimeAsync(100);
    expect(commits()).toEqual([[1], [2, 3]]);
    batcher.add(4);
    vi.setSystemTime(Date.now() + jumpMs);
    await vi.advanceTimersByTimeAsync(100);
    expect(commits().at(-1)).toEqual([4]);
  }
});

test("[RM16] [LG5] a commit that throws does not stop later batches", async () => {
  let breaks = true;
  const seen: number[][] = [];
  const batcher = new CommandBatcher<number>(
    {
      commitBatch(commands) {
        seen.push([...commands]);
        if (breaks) throw new Error("broken");
      },
      broadcastCommitted: () => undefined,
    },
    10,
  );
  expect(() => batcher.add(1)).toThrow("broken");
  breaks = false;
  batcher.add(2);
  await vi.runAllTimersAsync();
  batcher.add(3);
  await vi.runAllTimersAsync();
  expect(seen).toEqual([[1], [2], [3]]);
});

test("[RM2] every accepted command is committed once, in order, and broadcast", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 6 })), { maxLength: 30 }),
      async (bursts) => {
        const { batcher, calls, commits } = recordingBatcher({ capacity: 8 });
        const accepted: number[] = [];
        let next = 0;
        for (const [waitMs, size] of bursts) {
          await vi.advanceTimersByTimeAsync(waitMs);
          for (let n = 0; n < size; n++) if (batcher.add(++next)) accepted.push(next);
        }
        await vi.runAllTimersAsync();
        expect(commits().flat()).toEqual(accepted);
        expect(calls.map((call) => call === "broadcast")).toEqual(calls.map((_, index) => index % 2 === 1));
      },
    ),
    { numRuns: 60 },
  );
});
