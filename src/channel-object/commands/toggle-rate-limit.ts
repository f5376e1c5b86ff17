import { LruMap } from "../../lib/lru-map.ts";

export interface ToggleOptions {
  /** How many changes of one thing a user may commit at once. */
  burst: number;
  /** The time after which one more is allowed, in ms. */
  refillMs: number;
}

/** How many buckets are kept. Beyond that the least recently used one is dropped, and starts full again. */
const maxBuckets = 5_000;

/**
 * Limits how often a user changes the same thing back and forth, such as a reaction: a token bucket per user and thing, in memory.
 *
 * A bucket is created when a change is committed. A rejected command, such as a reaction to a message that does not exist, leaves none,
 * so that made-up ids cannot evict the buckets of other users.
 */
export class ToggleRateLimit {
  readonly #options: ToggleOptions;
  readonly #buckets = new LruMap<string, { tokens: number; at: number }>(maxBuckets);
  /** Tokens of commands without an outcome yet. The room's queue bounds their number. */
  readonly #reserved = new Map<string, number>();

  constructor(options: ToggleOptions) {
    this.#options = options;
  }

  /**
   * Reserves a token for a command. The caller commits or releases it once.
   *
   * @returns 0, or the milliseconds until there is a token
   */
  tryReserve(key: string, nowMs: number): number {
    const reserved = this.#reserved.get(key) ?? 0;
    const available = this.#tokens(key, nowMs) - reserved;
    if (available < 1) return Math.ceil((1 - available) * this.#options.refillMs);
    this.#reserved.set(key, reserved + 1);
    return 0;
  }

  /** Spends the token that was reserved for a command, which changed something. */
  commit(key: string, nowMs: number): void {
    this.release(key);
    this.#buckets.set(key, { tokens: this.#tokens(key, nowMs) - 1, at: nowMs });
  }

  /** Releases the token that was reserved for a command, which was rejected or changed nothing. */
  release(key: string): void {
    const reserved = this.#reserved.get(key) ?? 0;
    if (reserved > 1) this.#reserved.set(key, reserved - 1);
    else this.#reserved.delete(key);
  }

  #tokens(key: string, nowMs: number): number {
    const { burst, refillMs } = this.#options;
    const bucket = this.#buckets.get(key);
    if (!bucket) return burst;
    return Math.min(burst, bucket.tokens + Math.max(0, nowMs - bucket.at) / refillMs);
  }
}
