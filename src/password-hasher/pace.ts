/** The longest pause: a slice that was measured much too long must not stop the queue. */
const longestPauseMs = 50;
/**
 * The weight of a measurement in the moving average. One that is longer than the average counts less, because it includes the time of
 * other work on the thread.
 */
const weight = { shorter: 0.25, longer: 0.1 };

/** Pauses between slices of work, just long enough that the work uses a given share of the thread's time. */
export class Pace {
  readonly #percentNow: () => number;
  #workMs = 2;
  #startedAt = 0;

  /** @param percentNow returns the share in percent, from 1 to 100 */
  constructor(percentNow: () => number) {
    this.#percentNow = percentNow;
  }

  /** Starts to measure a slice that follows no pause. */
  startSlice(): void {
    this.#startedAt = Date.now();
  }

  /**
   * Ends a slice, lets other work run, and starts the next slice. A slice is measured by how late the timer after it fires, because on
   * Cloudflare the clock of a Worker advances only with I/O, not while code runs.
   */
  async pause(): Promise<void> {
    const percent = this.#percentNow();
    const pauseMs =
      percent < 100 ? Math.min(longestPauseMs, Math.round(this.#workMs * (100 / percent - 1))) : 0;
    await new Promise<void>((resolve) => void setTimeout(resolve, pauseMs));
    const nowMs = Date.now();
    const workMs = Math.max(0, nowMs - this.#startedAt - pauseMs);
    const differenceMs = workMs - this.#workMs;
    this.#workMs += differenceMs * (differenceMs < 0 ? weight.shorter : weight.longer);
    this.#startedAt = nowMs;
  }
}
