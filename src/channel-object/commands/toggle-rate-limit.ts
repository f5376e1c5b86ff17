import { LruMap } from "../../lib/lru-map.ts";

export interface ToggleOptions {
  burst: number;
  refillMs: number;
}

/** Things that are remembered; past it the one unused for longest starts afresh. */
const remembered = 5_000;

/** Token buckets in memory, one for each user and thing that they change back and forth. */
export class ToggleRateLimit {
  readonly #options: ToggleOptions;
  readonly #buckets = new LruMap<string, { tokens: number; at: number }>(remembered);

  constructor(options: ToggleOptions) {
    this.#options = options;
  }

  /** Takes one change: 0, or the milliseconds after which the next one is allowed. */
  take(key: string, nowMs: number): number {
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

  /** Gives one back that changed nothing. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens = Math.min(this.#options.burst, bucket.tokens + 1);
  }
}
