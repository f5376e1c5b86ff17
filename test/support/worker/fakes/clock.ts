import { vi } from "vitest";

/** Moves the clock: of the Worker, of the objects and of the tests. Put it back by `vi.useRealTimers()`. */
export function advanceClock(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

/** The clock goes on past the rest between batches, so that the next goes at once. Put it back by `vi.useRealTimers()`. */
export const skipBatchInterval = (): void =>
  void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_500 });
