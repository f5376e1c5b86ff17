import { LruMap } from "./lru-map.ts";

/** Caches what was read, absence included, for `ttlMs`. Simultaneous reads of one key share one call. */
export class ShortCache<Value> {
  readonly #entries: LruMap<string, { value: Promise<Value>; at: number }>;
  readonly #ttlMs: number;

  constructor({ ttlMs, max }: { ttlMs: number; max: number }) {
    this.#ttlMs = ttlMs;
    this.#entries = new LruMap(max);
  }

  get(key: string, read: () => Promise<Value>): Promise<Value> {
    const nowMs = Date.now();
    const cached = this.#entries.get(key);
    // A clock that was set back must not extend the time.
    if (cached && Math.abs(nowMs - cached.at) < this.#ttlMs) return cached.value;
    const value = read();
    this.#entries.set(key, { value, at: nowMs });
    // A failure is not kept.
    value.catch(() => this.#entries.delete(key));
    return value;
  }
}
