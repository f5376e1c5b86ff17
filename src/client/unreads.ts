import { getUnreads } from "./contract/reads.ts";
import type { Unread } from "./contract/reads.ts";
import type { Call } from "./call.ts";
import { ParleyError } from "./error.ts";

export interface UnreadsOptions {
  call: Call;
  /** The interval in milliseconds; 0: never. */
  everyMs: number;
  updated: (items: Unread[]) => void;
  failed: (error: ParleyError) => void;
}

/**
 * Polls the unread counts of the user's channels while there is a connection: all of them at first, then those that changed since the
 * last response.
 */
export class Unreads {
  /** The latest counts, by channel id. */
  readonly #counts = new Map<string, Unread>();
  /** Revision of `#counts`, for the next incremental request; undefined before the first complete response. */
  #rev: number | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: UnreadsOptions;

  constructor(options: UnreadsOptions) {
    this.#options = options;
  }

  /** Starts polling: at once, or when the interval since the last request is over, so that frequent reconnects cause no requests. */
  start(): void {
    const { everyMs } = this.#options;
    this.stop();
    if (everyMs <= 0) return;
    const waitMs = Math.max(0, this.#polledAt + everyMs - performance.now());
    this.#timer = setTimeout(() => void this.#poll(), waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #poll(): Promise<void> {
    const timer = this.#timer;
    const { call, updated, failed } = this.#options;
    this.#polledAt = performance.now();
    try {
      const items = await this.#fetch(call);
      if (timer === this.#timer) updated(items);
    } catch (error) {
      if (timer === this.#timer && error instanceof ParleyError) failed(error);
    }
    // Unless it was stopped or restarted before the response.
    if (timer === this.#timer) this.start();
  }

  /** The changes do not contain channels that the user left: if the total differs, all counts are fetched again. */
  async #fetch(call: Call): Promise<Unread[]> {
    if (this.#rev !== undefined) {
      const changed = await call(getUnreads, { query: { since: this.#rev }, retry: false });
      this.#merge(changed);
      if (changed.total === this.#counts.size) return [...this.#counts.values()];
    }
    const all = await call(getUnreads, { retry: false });
    this.#counts.clear();
    this.#merge(all);
    return all.items;
  }

  #merge({ items, rev }: { items: Unread[]; rev: number }): void {
    for (const item of items) this.#counts.set(item.channelId, item);
    this.#rev = rev;
  }
}
