/**
 * A map whose entries expire after `ttlMs`. Holds changes for as long as a response that was computed before them may still arrive.
 * `set` removes expired entries; until then `get` returns them.
 */
export class TtlMap<Value> {
  readonly #entries = new Map<string, { value: Value; at: number }>();
  readonly #ttlMs: number;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  set(key: string, value: Value, nowMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: nowMs });
    for (const [old, { at }] of this.#entries) {
      if (at > nowMs - this.#ttlMs) return;
      this.#entries.delete(old);
    }
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }
}
