import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SlowClients } from "../../../src/gateway/slow-clients.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [ann, bob] = [Symbol("ann"), Symbol("bob")];
const staleMs = 1_000;

test("[LM2] the slow clients' unread bytes are the sum of their last reports", () => {
  const slow = new SlowClients();
  slow.set(ann, 5, staleMs);
  slow.set(bob, 7, staleMs);
  slow.set(ann, 6, staleMs);
  expect(slow.bytes).toBe(13);
  slow.delete(bob);
  slow.delete(bob);
  expect(slow.bytes).toBe(6);
});

test("[LM2] [ER5] a client without reports no longer counts and is removed", () => {
  const slow = new SlowClients();
  slow.set(ann, 5, staleMs);
  vi.advanceTimersByTime(900);
  slow.set(bob, 7, staleMs);
  expect(slow.bytes).toBe(12);
  vi.advanceTimersByTime(900);
  slow.set(bob, 7, staleMs);
  expect(slow.bytes).toBe(7);
  vi.setSystemTime(Date.now() - 3_600_000);
  slow.set(ann, 1, staleMs);
  expect(slow.bytes).toBe(8);
});
