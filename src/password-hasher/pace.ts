/** The longest pause: what takes longer than usual by accident must not stop the queue. */
const longestPauseMs = 50;
/** How much of a measurement enters the average. A longer one counts less: what others did meanwhile is contained in it. */
const weight = { shorter: 0.25, longer: 0.1 };

/** Pauses between slices of work so long that the work takes its share of the thread's time. */
export class Pace {
  readonly #percentNow: () => number;
  #workMs = 2;
  #startedAt = 0;

  /** @param percentNow Returns the share in percent, from 1 to 100. */
  constructor(percentNow: () => number) {
    this.#percentNow = percentNow;
  }

  /** Begins a slice that no pause precedes. */
  startSlice(): void {
    this.#startedAt = Date.now();
  }

  /**
   * Ends a slice, lets other work run and begins the next slice. The clock of a Worker may stand still while code runs, so a slice is
   * measured by how late the timer after it fires.
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
