/** The waits between retries, in milliseconds. */
export interface BackoffOptions {
  /** The longest first wait; 1 s by default, 0.5 s for connections. */
  minMs: number;
  /** The longest wait of all; 30 s by default. */
  maxMs: number;
  /** Returns a number from 0 up to, and not including, 1. */
  random: () => number;
}

/** Why an attempt failed: nothing answered at all, or a server answered that it can't serve the request now. */
export type FailureCause = "unreachable" | "busy";

/** While nothing answers, waits stay below this, so that a client is back soon after a restart … */
const unreachableMs = 2_000;
/** … or below this share of the outage, whichever is longer: 30 s after a quarter of an hour. */
const shareOfOutage = 1 / 30;

/**
 * Exponential backoff with full jitter: each wait is drawn from 0 up to a ceiling that doubles with each failure, so that
 * clients that lost their server at the same moment do not return at the same moment.
 */
export class Backoff {
  #unreachable = 0;
  #busy = 0;
  #failingSince: number | undefined;
  #ceilingMs = 0;
  readonly #options: BackoffOptions;
  readonly #now: () => number;

  constructor(options: Partial<BackoffOptions> = {}, now: () => number = () => performance.now()) {
    this.#options = { minMs: 1_000, maxMs: 30_000, random: Math.random, ...options };
    this.#now = now;
  }

  /** Returns the wait before the next attempt, in milliseconds. */
  next(cause: FailureCause = "busy"): number {
    const { minMs, maxMs, random } = this.#options;
    this.#failingSince ??= this.#now();
    const failures = cause === "busy" ? this.#busy++ : this.#unreachable++;
    const outageMs = this.#now() - this.#failingSince;
    const limitMs = cause === "busy" ? maxMs : Math.max(unreachableMs, outageMs * shareOfOutage);
    this.#ceilingMs = Math.min(maxMs, limitMs, minMs * 2 ** failures);
    return random() * this.#ceilingMs;
  }

  /**
   * Resets the backoff if a connection lasted as long as the longest wait before it, or 5 times `minMs`. A connection that is
   * accepted and dropped at once counts as one more failure.
   *
   * @returns whether the backoff was reset.
   */
  lasted(durationMs: number): boolean {
    const isStable = durationMs >= Math.min(this.#ceilingMs, 5 * this.#options.minMs);
    if (isStable) this.reset();
    return isStable;
  }

  /** Forgets all failures. */
  reset(): void {
    this.#busy = 0;
    this.networkReturned();
  }

  /** Forgets the failures to reach a server, and keeps those that a server answered. */
  networkReturned(): void {
    this.#unreachable = 0;
    this.#failingSince = undefined;
  }
}
