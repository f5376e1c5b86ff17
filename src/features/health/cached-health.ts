import { settledWithin } from "../../lib/parallel.ts";
import type { Health } from "../../protocol/index.ts";

/** How long a healthy result is cached. */
const healthyTtlMs = 5_000;
/** How long an unhealthy result is cached. Shorter, so that a recovery is reported soon. */
const unhealthyTtlMs = 1_000;
/** A check takes at most 2 s (`probeTimeoutMs`). One that takes longer belongs to a request that the platform cancelled. */
const checkAbandonedAfterMs = 3_000;

interface Entry {
  startedAt: number;
  check: Promise<Health>;
  result?: { health: Health; expiresAt: number };
}

/** One entry for each set of bindings, which is one for each isolate outside of tests. */
const entries = new WeakMap<object, Entry>();

/**
 * Returns the health of the dependencies, checked at most once in 5 s by each isolate; concurrent requests share one check. A failure is
 * reported at most 5 s later, a recovery at most 1 s later.
 *
 * @param keepAlive receives the running check, which must complete even if the request that started it is cancelled (`waitUntil`)
 */
export async function cachedHealth(
  env: Env,
  check: () => Promise<Health>,
  keepAlive: (work: Promise<unknown>) => void,
): Promise<Health> {
  const nowMs = Date.now();
  const current = entries.get(env);
  if (current?.result && nowMs < current.result.expiresAt) return current.result.health;
  if (current && !current.result && nowMs - current.startedAt < checkAbandonedAfterMs) {
    if (await settledWithin(current.check, checkAbandonedAfterMs)) return current.check;
  }
  const entry: Entry = { startedAt: nowMs, check: check() };
  entries.set(env, entry);
  keepAlive(entry.check);
  const health = await entry.check;
  entry.result = { health, expiresAt: Date.now() + (health.status === "ok" ? healthyTtlMs : unhealthyTtlMs) };
  return health;
}
