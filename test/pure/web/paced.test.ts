import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "../../../web/src/lib/paced.ts";

const intervalMs = 100;
const frameMs = 16;
let page: { visibilityState: string };
let runs: number[];
let change: () => void;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  page = { visibilityState: "visible" };
  vi.stubGlobal("document", page);
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => setTimeout(run, frameMs));
  runs = [];
  change = paced(() => runs.push(performance.now()), intervalMs);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("one change is run at the next frame", () => {
  change();
  vi.advanceTimersByTime(1_000);
  change();
  vi.advanceTimersByTime(1_000);
  expect(runs).toEqual([frameMs, 1_000 + frameMs]);
});

test("many changes are run once in an interval, and the last one too", () => {
  for (let ms = 0; ms < 350; ms += 10) {
    change();
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1_000);
  expect(runs.length).toBe(4);
  for (const [at, ms] of runs.slice(1).entries()) expect(ms - runs[at]!).toBeGreaterThanOrEqual(intervalMs);
  expect(runs.at(-1)).toBeGreaterThan(350);
});

test("a hidden page, which draws no frames, runs changes after the interval", () => {
  vi.stubGlobal("requestAnimationFrame", () => {});
  page.visibilityState = "hidden";
  change();
  change();
  vi.advanceTimersByTime(1_000);
  expect(runs).toEqual([intervalMs]);
});

test("a page that is hidden while a change waits runs it as well", () => {
  change();
  vi.advanceTimersByTime(frameMs);
  vi.stubGlobal("requestAnimationFrame", () => {});
  change();
  page.visibilityState = "hidden";
  vi.advanceTimersByTime(intervalMs);
  expect(runs).toHaveLength(2);
});
