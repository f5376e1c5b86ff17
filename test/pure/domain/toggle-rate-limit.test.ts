import { expect, test } from "vitest";
import { ToggleRateLimit } from "../../../src/channel-object/commands/toggle-rate-limit.ts";

const burst = 3;
const refillMs = 1_000;

/** Reserves and commits until a change is rejected. Returns how many were committed. */
function commitUntilRejected(toggles: ToggleRateLimit, key: string, nowMs: number): number {
  let committed = 0;
  for (; committed < 100 && toggles.tryReserve(key, nowMs) === 0; committed++) toggles.commit(key, nowMs);
  return committed;
}

test("[QT3] a bucket holds a burst and refills over time", () => {
  const toggles = new ToggleRateLimit({ burst, refillMs });
  expect(commitUntilRejected(toggles, "a", 0)).toBe(burst);
  expect(toggles.tryReserve("a", 400)).toBe(600);
  expect(commitUntilRejected(toggles, "a", 1_000)).toBe(1);
  expect(commitUntilRejected(toggles, "a", 100_000)).toBe(burst);
});

test("[QT3] commands in progress count, and those that changed nothing no longer do", () => {
  const toggles = new ToggleRateLimit({ burst, refillMs });
  const reserve = (): number => toggles.tryReserve("a", 0);
  expect([reserve(), reserve(), reserve(), reserve()]).toEqual([0, 0, 0, refillMs]);
  toggles.release("a");
  expect([reserve(), reserve()]).toEqual([0, refillMs]);
  for (let n = 0; n < burst; n++) toggles.commit("a", 0);
  expect(reserve()).toBe(refillMs);
});

test("[QT3] rejected commands with made-up ids evict no other user's bucket", () => {
  const toggles = new ToggleRateLimit({ burst, refillMs });
  expect(commitUntilRejected(toggles, "victim", 0)).toBe(burst);
  const madeUp = Array.from({ length: 20_000 }, (_, n) => `made-up ${n}`);
  expect(madeUp.every((key) => toggles.tryReserve(key, 0) === 0)).toBe(true);
  for (const key of madeUp) toggles.release(key);
  expect(commitUntilRejected(toggles, "victim", 0)).toBe(0);
});
