/** What was noted lately, by key. For answers that are on their way while the thing that they are about changes. */
export class TtlMap<Value> {
  readonly #entries = new Map<string, { value: Value; at: number }>();
  readonly #keptMs: number;

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  set(key: string, value: Value, nowMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: nowMs });
    for (const [old, { at }] of this.#entries) {
      if (at > nowMs - this.#keptMs) return;
      this.#entries.delete(old);
    }
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }
}
