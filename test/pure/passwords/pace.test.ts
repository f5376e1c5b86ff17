import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pace } from "../../../src/password-hasher/pace.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/**
 * Returns the share of time, in percent, that slices of `workMs` take. A Worker's clock may stand still while
 * they run.
 */
async function shareOf(pace: Pace, workMs: number, clock: "runs" | "stands still"): Promise<number> {
  const work = () => vi.setSystemTime(Date.now() + workMs);
  pace.startSlice();
  const startedAt = Date.now();
  for (let slice = 0; slice < 200; slice++) {
    if (clock === "runs") work();
    const paused = pace.pause();
    if (clock === "stands still") work();
    await vi.advanceTimersToNextTimerAsync();
    await paused;
  }
  return (100 * 200 * workMs) / (Date.now() - startedAt);
}

test.each([
  [10, 4, "runs"],
  [10, 4, "stands still"],
  [20, 4, "runs"],
  [50, 11, "stands still"],
  [100, 4, "runs"],
] as const)(
  "[AC10] %i %% of a thread is used by slices of %i ms, while the clock %s",
  async (percent, workMs, clock) => {
    const share = await shareOf(new Pace(() => percent), workMs, clock);
    expect(share).toBeGreaterThan(percent * 0.8);
    expect(share).toBeLessThanOrEqual(percent * 1.15);
  },
);

test("[AC10] a pace follows its share, and no pause is longer than 50 ms", async () => {
  let percent = 100;
  const pace = new Pace(() => percent);
  expect(await shareOf(pace, 4, "runs")).toBe(100);
  percent = 20;
  expect(await shareOf(pace, 4, "runs")).toBeLessThan(23);
  percent = 1;
  expect(await shareOf(pace, 100, "runs")).toBeGreaterThan(60);
});
