import { LruMap } from "../../lib/lru-map.ts";

export interface ToggleOptions {
  burst: number;
  refillMs: number;
}

/** How many buckets are kept. Beyond that the least recently used one is dropped, and starts full again. */
const maxBuckets = 5_000;

/** Limits how often a user changes the same thing back and forth, such as a reaction: a token bucket per user and thing, in memory. */
export class ToggleRateLimit {
  readonly #options: ToggleOptions;
  readonly #buckets = new LruMap<string, { tokens: number; at: number }>(maxBuckets);

  constructor(options: ToggleOptions) {
    this.#options = options;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  tryAcquire(key: string, nowMs: number): number {
    const { burst, refillMs } = this.#options;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: nowMs };
    const tokens = Math.min(burst, bucket.tokens + Math.max(0, nowMs - bucket.at) / refillMs);
    if (tokens < 1) {
      this.#buckets.set(key, { tokens, at: nowMs });
      return Math.ceil((1 - tokens) * refillMs);
    }
    this.#buckets.set(key, { tokens: tokens - 1, at: nowMs });
    return 0;
  }

  /** Returns the token of a command that changed nothing. */
  release(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens = Math.min(this.#options.burst, bucket.tokens + 1);
  }
}
