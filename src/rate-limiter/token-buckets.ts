import { LruMap } from "../lib/lru-map.ts";

export interface BucketLimit {
  /** How many tokens a full bucket holds. */
  burst: number;
  /** The time after which one token is added, in ms. */
  refillMs: number;
}

/** About 100 bytes each. Beyond it, the least recently used bucket is dropped, and starts full again. */
const maxBuckets = 20_000;

/**
 * Token buckets in memory, for limits of some seconds: a bucket that an eviction of the object loses would have been refilled by then.
 */
export class TokenBuckets {
  readonly #buckets = new LruMap<string, { tokens: number; at: number }>(maxBuckets);

  /** Takes a token. @returns 0, or the milliseconds until there is one */
  take(key: string, { burst, refillMs }: BucketLimit, nowMs: number): number {
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: nowMs };
    const passedMs = Math.max(0, nowMs - bucket.at);
    const tokens = Math.min(burst, bucket.tokens + passedMs / refillMs);
    const isTaken = tokens >= 1;
    this.#buckets.set(key, { tokens: isTaken ? tokens - 1 : tokens, at: nowMs });
    return isTaken ? 0 : Math.ceil((1 - tokens) * refillMs);
  }
}
