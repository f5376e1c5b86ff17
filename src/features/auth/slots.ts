import { AppError } from "../../core/app-error.ts";

interface SlotLimits {
  /** How many may run at a time. */
  running: number;
  /** How many more may wait; whoever comes then is refused. */
  waiting: number;
  /** Someone in line for longer than this is gone: the platform drops the work of a request whose client hung up. */
  staleMs: number;
}

const lookEveryMs = 5;

/**
 * A line for costly work. Nobody is woken by somebody else: in workerd a request may be dropped in the middle, its `finally`
 * with it, and a promise that it was to keep would hold up all others. So each looks for itself whether it is their turn.
 */
export class Slots {
  readonly #limits: SlotLimits;
  #line: { at: number }[] = [];

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** Runs `work` when it is its turn, in the order of arrival. `unavailable` when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { running, waiting, staleMs } = this.#limits;
    const self = { at: Date.now() };
    this.#line = this.#line.filter(({ at }) => self.at - at < staleMs);
    if (this.#line.length >= running + waiting) {
      throw new AppError({
        code: "unavailable",
        detail: "Too many people log in at this moment; try again",
        retryAfterMs: 2_000,
      });
    }
    this.#line.push(self);
    try {
      // Once even when the line is empty: the work may hold the thread, and those who came with us are to be counted first.
      do await pause(lookEveryMs);
      while (this.#ahead(self) >= running);
      return await work();
    } finally {
      this.#line = this.#line.filter((other) => other !== self);
    }
  }

  #ahead(self: { at: number }): number {
    const nowMs = Date.now();
    return this.#line.slice(0, this.#line.indexOf(self)).filter(({ at }) => nowMs - at < this.#limits.staleMs)
      .length;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
