/** How long to wait before coming back, in milliseconds. */
export interface BackoffOptions {
  /** The ceiling of the first wait. */
  minMs: number;
  /** The ceiling that no later one exceeds. */
  maxMs: number;
  /** From 0 to just under 1. */
  random: () => number;
}

/**
 * Full jitter: anywhere from 0 to a ceiling that doubles with each failure, so that a thousand clients which lost their
 * server at once do not come back at once.
 */
export class Backoff {
  #failures = 0;
  #ceilingMs = 0;
  readonly #options: BackoffOptions;

  constructor(options: Partial<BackoffOptions> = {}) {
    this.#options = { minMs: 1_000, maxMs: 30_000, random: Math.random, ...options };
  }

  /** The wait before the next attempt. */
  next(): number {
    const { minMs, maxMs, random } = this.#options;
    this.#ceilingMs = Math.min(maxMs, minMs * 2 ** this.#failures);
    this.#failures++;
    return random() * this.#ceilingMs;
  }

  /**
   * Forgets the failures if what was reached lasted as long as the wait before it could have been, or for some time at
   * least: a connection that is accepted and dropped at once counts as one more failure, a network that holds for a
   * while does not.
   */
  lasted(durationMs: number): void {
    if (durationMs >= Math.min(this.#ceilingMs, 5 * this.#options.minMs)) this.#failures = 0;
  }
}
