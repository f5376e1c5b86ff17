import { getUnreads } from "./contract/reads.ts";
import type { Unread } from "./contract/reads.ts";
import type { Call } from "./call.ts";
import { ParleyError } from "./error.ts";

export interface UnreadsOptions {
  call: Call;
  /** The interval, in milliseconds; 0: never. */
  everyMs: number;
  updated: (items: Unread[]) => void;
  failed: (error: ParleyError) => void;
}

/**
 * Fetches the unread counts of all channels at an interval, while there is a connection: all of them once, after that those that changed
 * since the last answer.
 */
export class Unreads {
  /** The latest count of each channel, and the `rev` up to which they are known; undefined before the first whole answer. */
  readonly #counts = new Map<string, Unread>();
  #rev: number | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: UnreadsOptions;

  constructor(options: UnreadsOptions) {
    this.#options = options;
  }

  /** Starts the interval; the first fetch is at once unless the last one was within the interval, so that reconnecting often costs nothing. */
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
    // Unless it was stopped or started again before the answer.
    if (timer === this.#timer) this.start();
  }

  /** Channels that the user left are not among the changes: then the total differs, and all are fetched anew. */
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
