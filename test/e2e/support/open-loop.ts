import { setTimeout as sleep } from "node:timers/promises";

/**
 * Sends a request every `everyMs`, whether or not the one before was answered; returns how long each took in ms, sorted. A request
 * that is sent late is timed from when it was due.
 */
export async function openLoop(
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

/** The value below which the part `p` of sorted values lies. */
export const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
