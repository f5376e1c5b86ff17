import { setTimeout as sleep } from "node:timers/promises";

/**
 * Sends a request every `everyMs`, whether or not the previous one was answered; returns the durations in ms,
 * sorted. A request that is sent late is timed from its scheduled time.
 */
export async function sendOpenLoop(
  send: () => Promise<unknown>,
  { everyMs, count }: { everyMs: number; count: number },
): Promise<number[]> {
  const startedAt = performance.now();
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  for (let sent = 0; sent < count; sent++) {
    const due = startedAt + sent * everyMs;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    pending.push(send().then(() => void times.push(performance.now() - due)));
  }
  await Promise.all(pending);
  return times.toSorted((a, b) => a - b);
}

/** Returns the value of sorted values at the fraction `p`. */
export const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
