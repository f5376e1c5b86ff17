import { LruMap } from "./lru-map.ts";

export interface BucketLimit {
  /** How many tokens a full bucket holds. */
  burst: number;
  /** The time after which one token is added, in ms. */
  refillMs: number;
}

/** Token buckets by key, in memory. A bucket without a level is full. */
export class TokenBuckets {
  readonly #levels: LruMap<string, { tokens: number; at: number }>;

  /** @param maxBuckets beyond this number, the least recently used bucket is dropped, and starts full again */
  constructor(maxBuckets: number) {
    this.#levels = new LruMap(maxBuckets);
  }

  /**
   * Returns the milliseconds until there is a token; 0: there is one now.
   *
   * @param reserved tokens that are not available although they are not spent yet
   */
  msUntilToken(key: string, limit: BucketLimit, nowMs: number, reserved = 0): number {
    const available = this.#tokens(key, limit, nowMs) - reserved;
    return available >= 1 ? 0 : Math.ceil((1 - available) * limit.refillMs);
  }

  /** Spends a token, even where there is none. */
  spend(key: string, limit: BucketLimit, nowMs: number): void {
    this.#levels.set(key, { tokens: this.#tokens(key, limit, nowMs) - 1, at: nowMs });
  }

  #tokens(key: string, { burst, refillMs }: BucketLimit, nowMs: number): number {
    const level = this.#levels.get(key);
    if (!level) return burst;
    return Math.min(burst, level.tokens + Math.max(0, nowMs - level.at) / refillMs);
  }
}
