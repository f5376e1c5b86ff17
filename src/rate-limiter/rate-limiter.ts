import { DurableObject } from "cloudflare:workers";
import type { AttemptLimit } from "../domain/password-attempts.ts";
import { migrate, type Migration } from "../durable/migrations.ts";
import { type BucketLimit, TokenBuckets } from "../lib/token-buckets.ts";
import { Attempts, type AttemptVerdict, type CountedAttempt, createAttemptTables } from "./attempts.ts";

/** About 100 bytes each. */
const maxBuckets = 20_000;

/** The version of a migration is its index: append only. */
const rateLimiterMigrations: readonly Migration[] = [createAttemptTables];

/** About 10 MB in one object; above it the oldest evictable rows are deleted. */
const maxEvictableRows = 50_000;

type Rejection = AttemptVerdict & { ok: false };

/**
 * Counts attempts exactly, for limits that the platform's approximate rate limiter can't enforce. All keys are distributed over a few
 * objects, so that a made-up name costs a row that expires, not an object. Keys are MACs: the storage contains no name and no address.
 */
export class RateLimiter extends DurableObject<Env> {
  readonly #attempts: Attempts;
  /** In memory, for limits of some seconds: a bucket that an eviction of the object loses would have been refilled by then. */
  readonly #buckets = new TokenBuckets(maxBuckets);
  #hasAlarm = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, rateLimiterMigrations);
    this.#attempts = new Attempts(ctx.storage.sql, { maxEvictable: maxEvictableRows });
  }

  /** Checks whether an attempt is below its limit, without counting it. */
  async check({
    key,
    limit,
    unlessTrusted,
  }: AttemptLimit): Promise<{ ok: true; isTrusted: boolean } | Rejection> {
    const nowMs = Date.now();
    if (unlessTrusted !== undefined && this.#attempts.isTrusted(unlessTrusted, nowMs))
      return { ok: true, isTrusted: true };
    const retryAfterMs = this.#attempts.retryAfterMs(key, limit, nowMs);
    return retryAfterMs > 0 ? { ok: false, retryAfterMs } : { ok: true, isTrusted: false };
  }

  /** Counts an attempt, unless it is above its limit. @returns `counted: null` for a trusted key, which is not counted */
  async countAttempt({
    key,
    limit,
    windowMs,
    unlessTrusted,
    evictable,
  }: AttemptLimit): Promise<{ ok: true; counted: CountedAttempt | null } | Rejection> {
    const nowMs = Date.now();
    if (unlessTrusted !== undefined && this.#attempts.isTrusted(unlessTrusted, nowMs))
      return { ok: true, counted: null };
    const verdict = this.#attempts.count(key, { limit, windowMs }, evictable, nowMs);
    if (verdict.ok) this.#scheduleAlarm(verdict.counted.expiresAt);
    return verdict;
  }

  /** Refunds an attempt that succeeded, and trusts keys. Not idempotent, except with `counted: null`. */
  async recordSuccess(counted: CountedAttempt | null, trustedKeys: readonly string[]): Promise<void> {
    if (counted) this.#attempts.refund(counted);
    const nowMs = Date.now();
    for (const key of trustedKeys) this.#attempts.trust(key, nowMs);
  }

  /** Takes a token from the bucket of a key. @returns 0, or the milliseconds until there is one */
  async takeToken(key: string, limit: BucketLimit): Promise<number> {
    const nowMs = Date.now();
    const waitMs = this.#buckets.msUntilToken(key, limit, nowMs);
    if (waitMs === 0) this.#buckets.spend(key, limit, nowMs);
    return waitMs;
  }

  override async alarm(): Promise<void> {
    this.#hasAlarm = false;
    const next = this.#attempts.purge(Date.now());
    if (next !== undefined) this.#scheduleAlarm(next);
  }

  #scheduleAlarm(at: number): void {
    if (this.#hasAlarm) return;
    this.#hasAlarm = true;
    void this.ctx.storage.setAlarm(at);
  }
}
