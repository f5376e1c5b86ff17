import { expect, test } from "vitest";
import { Backoff } from "../../src/client/backoff.ts";

const highest = (minMs: number, maxMs: number) => new Backoff({ minMs, maxMs, random: () => 1 });

test("waits grow from the first ceiling to the last and stay there", () => {
  const backoff = highest(1_000, 30_000);
  const waits = Array.from({ length: 7 }, () => backoff.next());
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("jitter is full: a wait can be anything below its ceiling", () => {
  const backoff = new Backoff({ minMs: 1_000, maxMs: 30_000, random: () => 0.25 });
  expect(backoff.next()).toBe(250);
  expect(backoff.next()).toBe(500);
});

test("a connection that lasted for a while forgives the failures, however many", () => {
  const backoff = highest(1_000, 30_000);
  for (let failures = 0; failures < 5; failures++) backoff.next();
  backoff.lasted(4_999);
  expect(backoff.next()).toBe(30_000);
  backoff.lasted(5_000);
  expect(backoff.next()).toBe(1_000);
});

test("one that lasted as long as its wait could have been forgives them too", () => {
  const backoff = highest(1_000, 30_000);
  backoff.next();
  backoff.next();
  backoff.lasted(1_999);
  expect(backoff.next()).toBe(4_000);
  backoff.lasted(4_000);
  expect(backoff.next()).toBe(1_000);
});
