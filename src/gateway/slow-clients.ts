/**
 * What clients that are far behind have unread: all of one isolate's, which share its memory. Whoever is dropped by the platform
 * without a word is forgotten after a while.
 */
export class SlowClients {
  readonly #unread = new Map<symbol, { bytes: number; at: number }>();

  /** What they have unread together. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#unread.values()) sum += bytes;
    return sum;
  }

  /** Notes what a client has unread now, and forgets those of whom nothing was noted for `staleMs`. */
  note(client: symbol, bytes: number, staleMs: number): void {
    const nowMs = Date.now();
    this.#unread.delete(client);
    this.#unread.set(client, { bytes, at: nowMs });
    for (const [other, { at }] of this.#unread) {
      if (nowMs - at <= staleMs) break;
      this.#unread.delete(other);
    }
  }

  forget(client: symbol): void {
    this.#unread.delete(client);
  }
}

/** Those of this isolate. */
export const slowClients = new SlowClients();
