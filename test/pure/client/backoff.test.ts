import { expect, test } from "vitest";
import { Backoff } from "../../../src/client/backoff.ts";

const highest = (minMs: number, maxMs: number) => new Backoff({ minMs, maxMs, random: () => 1 });

test("[CL3] delays grow from the first ceiling to the last and stay there", () => {
  const backoff = highest(1_000, 30_000);
  const waits = Array.from({ length: 7 }, () => backoff.next());
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("[CL3] jitter is full: a delay can be anything below its ceiling", () => {
  const backoff = new Backoff({ minMs: 1_000, maxMs: 30_000, random: () => 0.25 });
  expect(backoff.next()).toBe(250);
  expect(backoff.next()).toBe(500);
});

test("[CL3] a connection that lasted 5 times the first ceiling resets the backoff", () => {
  const backoff = highest(1_000, 30_000);
  for (let failures = 0; failures < 5; failures++) backoff.next();
  expect(backoff.lasted(4_999)).toBe(false);
  expect(backoff.next()).toBe(30_000);
  expect(backoff.lasted(5_000)).toBe(true);
  expect(backoff.next()).toBe(1_000);
});

test("[CL3] a connection that lasted as long as the delay before resets the backoff", () => {
  const backoff = highest(1_000, 30_000);
  backoff.next();
  backoff.next();
  backoff.lasted(1_999);
  expect(backoff.next()).toBe(4_000);
  backoff.lasted(4_000);
  expect(backoff.next()).toBe(1_000);
});

test("[CL3] delays are at most 2 s in the first minute, later at most 30 s", () => {
  let nowMs = 0;
  const backoff = new Backoff({ minMs: 500, maxMs: 30_000, random: () => 1 }, () => nowMs);
  const waits: number[] = [];
  while (nowMs < 60_000) nowMs += waits[waits.push(backoff.next("unreachable")) - 1] ?? 0;
  expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 2_000]);
  expect(Math.max(...waits)).toBe(2_000);
  nowMs = 300_000;
  expect(backoff.next("unreachable")).toBe(10_000);
  nowMs = 3_600_000;
  expect(backoff.next("unreachable")).toBe(30_000);
});

test("[CL6] a server that rejects as busy gets exponential delays, also after a wake", () => {
  const backoff = highest(500, 30_000);
  for (let attempt = 0; attempt < 20; attempt++) backoff.next("unreachable");
  expect([backoff.next("busy"), backoff.next("busy"), backoff.next("busy")]).toEqual([500, 1_000, 2_000]);
  backoff.networkReturned();
  expect([backoff.next("unreachable"), backoff.next("busy")]).toEqual([500, 4_000]);
});
