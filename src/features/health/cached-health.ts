import { settledWithin } from "../../lib/parallel.ts";
import type { Health } from "../../protocol/index.ts";

/** An answer that all is well is given again for this long. */
const healthyTtlMs = 5_000;
/** An answer that names a failing part, for this long: its repair is reported soon. */
const unhealthyTtlMs = 1_000;
/** A check takes 2 s at most. One that takes longer belongs to a request that the platform dropped. */
const checkAbandonedAfterMs = 3_000;

interface Entry {
  startedAt: number;
  check: Promise<Health>;
  result?: { health: Health; expiresAt: number };
}

/** By the bindings of the isolate. */
const entries = new WeakMap<object, Entry>();

/**
 * The health of the parts, checked once in 5 s an isolate, however many ask: requests at the same time share one check. A part that
 * fails is reported 5 s later at most, its return 1 s later.
 *
 * @param keepAlive given the check, which must go on when the request that began it is dropped
 */
export async function cachedHealth(
  env: Env,
  check: () => Promise<Health>,
  keepAlive: (work: Promise<unknown>) => void,
): Promise<Health> {
  const nowMs = Date.now();
  const known = entries.get(env);
  if (known?.result && nowMs < known.result.expiresAt) return known.result.health;
  if (known && !known.result && nowMs - known.startedAt < checkAbandonedAfterMs) {
    if (await settledWithin(known.check, checkAbandonedAfterMs)) return known.check;
  }
  const entry: Entry = { startedAt: nowMs, check: check() };
  entries.set(env, entry);
  keepAlive(entry.check);
  const health = await entry.check;
  entry.result = { health, expiresAt: Date.now() + (health.status === "ok" ? healthyTtlMs : unhealthyTtlMs) };
  return health;
}
