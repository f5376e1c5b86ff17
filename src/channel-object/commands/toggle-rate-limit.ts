import { type BucketLimit, TokenBuckets } from "../../lib/token-buckets.ts";

/** How many buckets are kept. */
const maxBuckets = 5_000;

/**
 * Limits how often a user changes the same thing back and forth, such as a reaction: a token bucket per user and thing, in memory.
 *
 * A bucket is created when a change is committed. A rejected command, such as a reaction to a message that does not exist, leaves none,
 * so that made-up ids cannot evict the buckets of other users.
 */
export class ToggleRateLimit {
  readonly #limit: BucketLimit;
  readonly #buckets = new TokenBuckets(maxBuckets);
  /** Tokens of commands without an outcome yet. The room's queue bounds their number. */
  readonly #reserved = new Map<string, number>();

  /** @param limit how many changes of one thing a user may commit at once, and the time after which one more is allowed */
  constructor(limit: BucketLimit) {
    this.#limit = limit;
  }

  /**
   * Reserves a token for a command. The caller commits or releases it once.
   *
   * @returns 0, or the milliseconds until there is a token
   */
  tryReserve(key: string, nowMs: number): number {
    const reserved = this.#reserved.get(key) ?? 0;
    const waitMs = this.#buckets.msUntilToken(key, this.#limit, nowMs, reserved);
    if (waitMs === 0) this.#reserved.set(key, reserved + 1);
    return waitMs;
  }

  /** Spends the token that was reserved for a command, which changed something. */
  commit(key: string, nowMs: number): void {
    this.release(key);
    this.#buckets.spend(key, this.#limit, nowMs);
  }

  /** Releases the token that was reserved for a command, which was rejected or changed nothing. */
  release(key: string): void {
    const reserved = this.#reserved.get(key) ?? 0;
    if (reserved > 1) this.#reserved.set(key, reserved - 1);
    else this.#reserved.delete(key);
  }
}
