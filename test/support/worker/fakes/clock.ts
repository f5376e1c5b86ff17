import { vi } from "vitest";

/** Advances the clock of the Worker, the objects and the tests. Reset it by `vi.useRealTimers()`. */
export function advanceClock(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

/** Advances the clock past the batching interval, so that the next batch is sent at once. Reset it by `vi.useRealTimers()`. */
export const skipBatchInterval = (): void =>
  void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_500 });
