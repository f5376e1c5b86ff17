/** Exponential backoff with full jitter: bounds of the delays, in milliseconds. */
export interface BackoffOptions {
  /** Upper bound of the first delay; 1,000 by default, 500 for connections. It doubles with each failure. */
  minMs: number;
  /** Upper bound of every delay; 30,000 by default. */
  maxMs: number;
  /** Returns a number from 0 up to, and not including, 1. */
  random: () => number;
}

/** Why an attempt failed: there was no response at all, or the server responded that it cannot serve the request now. */
export type FailureCause = "unreachable" | "busy";

/** Upper bound of delays while there is no response, so that clients reconnect soon after a restart of the server. */
const unreachableMs = 2_000;
/** In a longer outage the bound is this share of it: 30 s after 15 minutes. */
const shareOfOutage = 1 / 30;

/**
 * Exponential backoff with full jitter: each delay is drawn from 0 up to a ceiling that doubles with each failure, so that clients
 * that lost the server at the same moment do not reconnect at the same moment.
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

  /** Counts a failure, and returns the delay before the next attempt, in milliseconds. */
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
   * Resets the backoff if a connection lasted as long as the last ceiling, or 5 times `minMs`. A connection that is accepted and
   * soon dropped counts as one more failure.
   *
   * @returns whether the backoff was reset
   */
  lasted(durationMs: number): boolean {
    const isStable = durationMs >= Math.min(this.#ceilingMs, 5 * this.#options.minMs);
    if (isStable) this.reset();
    return isStable;
  }

  /** Resets all failure counts. */
  reset(): void {
    this.#busy = 0;
    this.networkReturned();
  }

  /** Resets the count of failures without a response, and keeps that of `busy` ones. */
  networkReturned(): void {
    this.#unreachable = 0;
    this.#failingSince = undefined;
  }
}
