import { getUnreads } from "./contract/reads.ts";
import type { Unread } from "./contract/reads.ts";
import type { Call } from "./call.ts";
import { ParleyError } from "./error.ts";

export interface UnreadsOptions {
  call: Call;
  /** From one time to the next; 0: never. */
  everyMs: number;
  answer: (items: Unread[]) => void;
  failed: (error: ParleyError) => void;
}

/** Asks what is unread in all of the user's channels, again and again while there is a connection. */
export class Unreads {
  #askedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: UnreadsOptions;

  constructor(options: UnreadsOptions) {
    this.#options = options;
  }

  /** At once, if it was not asked for a while: who comes back often does not ask each time. */
  start(): void {
    const { everyMs } = this.#options;
    this.stop();
    if (everyMs <= 0) return;
    const waitMs = Math.max(0, this.#askedAt + everyMs - performance.now());
    this.#timer = setTimeout(() => void this.#ask(), waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    const timer = this.#timer;
    const { call, answer, failed } = this.#options;
    this.#askedAt = performance.now();
    try {
      const { items } = await call(getUnreads, { retry: false });
      if (timer === this.#timer) answer(items);
    } catch (error) {
      if (timer === this.#timer && error instanceof ParleyError) failed(error);
    }
    // It was stopped, or started anew, while the answer was on its way.
    if (timer === this.#timer) this.start();
  }
}
