import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CommandBatcher } from "../../../src/durable/command-batcher.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Turns that note what they do: a commit as the jobs of it, a tell as "tell". */
function noted({
  capacity = 100,
  during,
}: { capacity?: number; during?: (jobs: number[], turns: CommandBatcher<number>) => void } = {}) {
  const notes: (number[] | "tell")[] = [];
  const turns: CommandBatcher<number> = new CommandBatcher<number>({
    commit: (jobs) => {
      notes.push([...jobs]);
      during?.(jobs, turns);
    },
    tell: () => void notes.push("tell"),
    capacity,
  });
  return { turns, notes, commits: () => notes.filter((note) => note !== "tell") };
}

test("[RM3] the first job runs at once, those that come meanwhile together, each turn told before the next commits", async () => {
  const { turns, notes } = noted();
  turns.add(1);
  expect(notes, "with no timer in between").toEqual([[1]]);
  for (const job of [2, 3, 4]) turns.add(job);
  await vi.runAllTimersAsync();
  expect(notes).toEqual([[1], "tell", [2, 3, 4], "tell"]);
  turns.add(5);
  expect(notes.at(-1), "after a pause, at once again").toEqual([5]);
});

test("[RM9] nothing is armed while nothing waits, so that an idle object can sleep", async () => {
  const { turns } = noted();
  expect(vi.getTimerCount()).toBe(0);
  turns.add(1);
  turns.add(2);
  await vi.runAllTimersAsync();
  expect(vi.getTimerCount()).toBe(0);
});

test("[RM16] a full queue takes nothing more, tells so, and keeps all that it took, in order", async () => {
  const { turns, commits } = noted({ capacity: 3 });
  expect([1, 2, 3, 4, 5, 6].map((job) => turns.add(job))).toEqual([true, true, true, true, false, false]);
  await vi.runAllTimersAsync();
  expect(commits()).toEqual([[1], [2, 3, 4]]);
  expect(turns.add(7), "there is room again").toBe(true);
});

test("[RM7] a job that is added within a commit waits for the next turn", async () => {
  const { turns, notes } = noted({ during: (jobs, turns) => void (jobs.includes(1) && turns.add(10)) });
  turns.add(1);
  await vi.runAllTimersAsync();
  expect(notes).toEqual([[1], "tell", [10], "tell"]);
});

test("[LG3] a clock that jumps, back or forth, holds nothing up", async () => {
  for (const jumpMs of [-3_600_000, 3_600_000]) {
    const { turns, commits } = noted();
    turns.add(1);
    turns.add(2);
    vi.setSystemTime(Date.now() + jumpMs);
    turns.add(3);
    await vi.advanceTimersByTimeAsync(100);
    expect(commits()).toEqual([[1], [2, 3]]);
    turns.add(4);
    vi.setSystemTime(Date.now() + jumpMs);
    await vi.advanceTimersByTimeAsync(100);
    expect(commits().at(-1)).toEqual([4]);
  }
});

test("[RM16] [LG5] a commit or a telling that throws does not stop the turns behind it", async () => {
  let breaks = true;
  const seen: number[][] = [];
  const turns = new CommandBatcher<number>({
    commit: (jobs) => {
      seen.push([...jobs]);
      if (breaks) throw new Error("broken");
    },
    tell: () => undefined,
    capacity: 10,
  });
  expect(() => turns.add(1)).toThrow("broken");
  breaks = false;
  turns.add(2);
  await vi.runAllTimersAsync();
  turns.add(3);
  await vi.runAllTimersAsync();
  expect(seen).toEqual([[1], [2], [3]]);
});

test("[RM2] whenever jobs come, each that was taken is committed once, in the order of coming, and told of", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 6 })), { maxLength: 30 }),
      async (bursts) => {
        const { turns, notes, commits } = noted({ capacity: 8 });
        const taken: number[] = [];
        let next = 0;
        for (const [waitMs, size] of bursts) {
          await vi.advanceTimersByTimeAsync(waitMs);
          for (let n = 0; n < size; n++) if (turns.add(++next)) taken.push(next);
        }
        await vi.runAllTimersAsync();
        expect(commits().flat()).toEqual(taken);
        expect(notes.map((note) => note === "tell")).toEqual(notes.map((_, index) => index % 2 === 1));
      },
    ),
    { numRuns: 60 },
  );
});
