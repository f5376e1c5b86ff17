import { failpoint } from "../lib/failpoint.ts";
import { settledWithin } from "../lib/parallel.ts";
import type { AlarmScheduler } from "../durable/alarm-scheduler.ts";

/** So long an alarm waits for its work: what takes longer goes on behind it, and the next alarm is not held up. */
const patienceMs = 1_000;
/** Were the object to die with it, an alarm takes it up again this much later. */
const takeoverMs = 5_000;
const unknownKeyMs = 3_600_000;

export type Work = ReadonlyMap<string, (nowMs: number) => Promise<void> | void>;

/**
 * Runs what is due, side by side: what D1 does not answer holds up no notification, and a record that is always a little behind
 * holds up nobody's going.
 */
export async function runAlarm(due: AlarmScheduler, work: Work): Promise<void> {
  const nowMs = Date.now();
  const underWay = new Set<string>();
  const run = async (key: string): Promise<void> => {
    const one = work.get(key);
    // Of a later release: it is there when that comes back.
    if (!one) return due.set(key, nowMs + unknownKeyMs);
    underWay.add(key);
    await one(nowMs);
    underWay.delete(key);
  };
  const running = due.dueKeys(nowMs).map((key) => {
    failpoint("room:in-alarm");
    return run(key);
  });
  await settledWithin(Promise.all(running), patienceMs);
  for (const key of underWay) due.set(key, Date.now() + takeoverMs, due.attempts(key));
  due.arm();
}
