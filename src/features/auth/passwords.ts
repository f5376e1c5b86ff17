import type { Config } from "../../config.ts";
import { AppError } from "../../errors/app-error.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { callObject, passwordHasherOf } from "../../rpc/stubs.ts";
import { type RpcResult, unwrap } from "../../rpc/rpc-result.ts";
import type { AttemptLimit, Trust } from "./attempt-limits.ts";

interface Work {
  /** On whose behalf: hashes of one lane wait in one queue. */
  lane: string;
  /** Whether the account logged in from this address before or is authenticated: then strangers' passwords do not delay it. */
  isTrusted: boolean;
  password: string;
  /** Counted right before the hash is computed. */
  limits: AttemptLimit[];
}

const cachedLanes = 1_000;
/** A lane that was full is taken for full, without a call of its hasher, for this long. */
const fullForMs = 500;

/** Until when a lane is taken for full. */
const fullUntil = new LruMap<string, number>(cachedLanes);

/**
 * Hashes a new password in a `PasswordHasher`.
 * @throws AppError `rate_limited`, or `unavailable` when too many hashes are queued
 */
export async function hashPassword(env: Env, config: Config, work: Work): Promise<string> {
  requireQueueSpace(work.lane);
  const hasher = passwordHasherOf(env, config, work.lane);
  return result(work.lane, await callObject(() => hasher.hash(work)));
}

/**
 * Whether `password` is the one that was hashed; takes as long, and returns false, where `stored` is undefined. Where it is, what
 * was counted is taken back, and `trust` passes its limit from now on.
 * @throws AppError `rate_limited`, or `unavailable` when too many hashes are queued
 */
export async function verifyPassword(
  env: Env,
  config: Config,
  work: Work & { stored: string | undefined; trust?: Trust },
): Promise<boolean> {
  requireQueueSpace(work.lane);
  const hasher = passwordHasherOf(env, config, work.lane);
  return result(work.lane, await callObject(() => hasher.verify(work)));
}

/** Throws `unavailable` for a lane that was full a moment ago. */
export function requireQueueSpace(lane: string): void {
  const waitMs = (fullUntil.get(lane) ?? 0) - Date.now();
  if (waitMs > 0) throw tooMany();
}

function result<T>(lane: string, outcome: RpcResult<T>): T {
  if (!outcome.ok && outcome.problem.code === "unavailable") fullUntil.set(lane, Date.now() + fullForMs);
  return unwrap(outcome);
}

const tooMany = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "Too many passwords are checked at this moment; try again",
    retryAfterMs: 2_000,
  });
