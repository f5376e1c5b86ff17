import { DurableObject } from "cloudflare:workers";
import { migrate, type Migration } from "../durable/migrations.ts";
import {
  Attempts,
  type CountedAttempt,
  createAttemptTables,
  type Limit,
  type AttemptVerdict,
} from "./attempts.ts";

/** Numbered by their place: append only. */
const rateLimiterMigrations: readonly Migration[] = [createAttemptTables];

/** About 10 MB of rows in one object; past it the oldest of the rows that may go are deleted. */
const maxEvictableRows = 50_000;

export interface AttemptLimit extends Limit {
  key: string;
  /** Where this key is trusted, nothing is counted. */
  unlessTrusted?: string;
  /** Whether the row may be deleted early when there are too many: for keys of which anybody can make any number. */
  evictable: boolean;
}

/**
 * Counts attempts exactly, for limits that the platform's approximate rate limiter can't keep. A few objects share all keys, so
 * that a made-up name makes a row that expires, never an object. Keys are MACs: the storage holds no name and no address.
 */
export class RateLimiter extends DurableObject<Env> {
  readonly #attempts: Attempts;
  #hasAlarm = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, rateLimiterMigrations);
    this.#attempts = new Attempts(ctx.storage.sql, { maxEvictable: maxEvictableRows });
  }

  /** Whether an attempt would pass, without counting it. */
  async check({
    key,
    limit,
    unlessTrusted,
  }: AttemptLimit): Promise<{ ok: true; isTrusted: boolean } | (AttemptVerdict & { ok: false })> {
    const nowMs = Date.now();
    if (unlessTrusted !== undefined && this.#attempts.isTrusted(unlessTrusted, nowMs))
      return { ok: true, isTrusted: true };
    const retryAfterMs = this.#attempts.retryAfterMs(key, limit, nowMs);
    return retryAfterMs > 0 ? { ok: false, retryAfterMs } : { ok: true, isTrusted: false };
  }

  /** Counts an attempt, or says when to try again. A trusted one passes with `counted: null`. */
  async countAttempt({
    key,
    limit,
    windowMs,
    unlessTrusted,
    evictable,
  }: AttemptLimit): Promise<{ ok: true; counted: CountedAttempt | null } | (AttemptVerdict & { ok: false })> {
    const nowMs = Date.now();
    if (unlessTrusted !== undefined && this.#attempts.isTrusted(unlessTrusted, nowMs))
      return { ok: true, counted: null };
    const verdict = this.#attempts.count(key, { limit, windowMs }, evictable, nowMs);
    if (verdict.ok) this.#arm(verdict.counted.expiresAt);
    return verdict;
  }

  /** Takes an attempt back that succeeded, and lets `trust` pass from now on. Runs twice without harm only where `counted` is null. */
  async recordSuccess(counted: CountedAttempt | null, trust: readonly string[]): Promise<void> {
    if (counted) this.#attempts.refund(counted);
    const nowMs = Date.now();
    for (const key of trust) this.#attempts.trust(key, nowMs);
  }

  override async alarm(): Promise<void> {
    this.#hasAlarm = false;
    const next = this.#attempts.purge(Date.now());
    if (next !== undefined) this.#arm(next);
  }

  #arm(at: number): void {
    if (this.#hasAlarm) return;
    this.#hasAlarm = true;
    void this.ctx.storage.setAlarm(at);
  }
}
