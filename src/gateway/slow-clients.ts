/**
 * The unconfirmed bytes of slow clients, summed over all gateways of one isolate, which share its memory. The platform can drop a
 * connection without an event, so entries expire.
 */
export class SlowClients {
  readonly #unconfirmed = new Map<symbol, { bytes: number; at: number }>();

  /** The unconfirmed bytes of all slow clients. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#unconfirmed.values()) sum += bytes;
    return sum;
  }

  /** Sets a client's unconfirmed bytes, and removes clients that were not set for `staleMs`. */
  set(client: symbol, bytes: number, staleMs: number): void {
    const nowMs = Date.now();
    this.#unconfirmed.delete(client);
    this.#unconfirmed.set(client, { bytes, at: nowMs });
    for (const [other, { at }] of this.#unconfirmed) {
      if (nowMs - at <= staleMs) break;
      this.#unconfirmed.delete(other);
    }
  }

  delete(client: symbol): void {
    this.#unconfirmed.delete(client);
  }
}

/** The slow clients of this isolate. */
export const slowClients = new SlowClients();
