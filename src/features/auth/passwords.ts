import type { Config } from "../../config.ts";
import { type HashJob, hasherQueueFull, type VerifyJob } from "../../domain/password-attempts.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { type RpcResult, unwrap } from "../../rpc/rpc-result.ts";
import { callObject, passwordHasherOf } from "../../rpc/stubs.ts";

const maxCachedLanes = 1_000;
/** How long a lane counts as full, without a call to its hasher. */
const fullTtlMs = 500;

/** Until when each lane counts as full. */
const fullUntil = new LruMap<string, number>(maxCachedLanes);

/**
 * Hashes a new password in a `PasswordHasher`.
 *
 * @throws `rate_limited`, or `unavailable` if too many hashes are queued or the hasher does not answer
 */
export async function hashPassword(env: Env, config: Config, job: HashJob): Promise<string> {
  requireQueueSpace(job.lane);
  const hasher = passwordHasherOf(env, config, job.lane);
  return unwrapForLane(job.lane, await callObject(() => hasher.hash(job)));
}

/**
 * Compares a password with a stored hash in a `PasswordHasher`. Without a stored hash it takes as long and returns false. If the password is
 * correct, the attempt is refunded and `trust` is granted.
 *
 * @throws `rate_limited`, or `unavailable` if too many hashes are queued or the hasher does not answer
 */
export async function verifyPassword(env: Env, config: Config, job: VerifyJob): Promise<boolean> {
  requireQueueSpace(job.lane);
  const hasher = passwordHasherOf(env, config, job.lane);
  return unwrapForLane(job.lane, await callObject(() => hasher.verify(job)));
}

/** Checks that a lane was not full in the last 500 ms. @throws `unavailable` */
export function requireQueueSpace(lane: string): void {
  const waitMs = (fullUntil.get(lane) ?? 0) - Date.now();
  if (waitMs > 0) throw hasherQueueFull();
}

function unwrapForLane<T>(lane: string, outcome: RpcResult<T>): T {
  if (!outcome.ok && outcome.problem.code === "unavailable") fullUntil.set(lane, Date.now() + fullTtlMs);
  return unwrap(outcome);
}
