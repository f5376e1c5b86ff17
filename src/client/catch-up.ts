import { getChannelEvents } from "./contract/events.ts";
import type { EventEnvelope } from "./contract/events.ts";
import type { Backoff } from "./backoff.ts";
import type { Call } from "./call.ts";
import { ParleyError } from "./error.ts";
import type { EventFeed, Missing, LogPosition } from "./event-feed.ts";

export interface CatchUpOptions {
  channelId: string;
  feed: EventFeed;
  call: Call;
  backoff: Backoff;
  snapshot: (() => Promise<LogPosition>) | undefined;
  /** Called with the events that can be emitted now. */
  fetched: (events: EventEnvelope[]) => void;
  failed: (error: ParleyError) => void;
}

/** Fetches what a feed is missing, page by page, and retries with backoff until it is complete. */
export class CatchUp {
  #busy = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: CatchUpOptions;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Handles a new connection: starts a waiting retry at once. */
  connected(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.#run();
  }

  /** Starts fetching unless it runs already or nothing is missing. */
  start(): void {
    if (this.#busy || this.#stopped || !this.#options.feed.missing) return;
    this.#busy = true;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    const { feed, backoff, fetched, failed } = this.#options;
    try {
      for (let missing = feed.missing; missing && !this.#stopped; missing = feed.missing) {
        const events = await this.#fetch(missing);
        if (this.#stopped) return;
        backoff.reset();
        fetched(events);
      }
      this.#busy = false;
    } catch (error) {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => void this.#run(), backoff.next());
      failed(
        error instanceof ParleyError
          ? error
          : new ParleyError({
              code: "internal",
              detail: "Fetching failed",
              cause: error,
            }),
      );
    }
  }

  async #fetch(missing: Missing): Promise<EventEnvelope[]> {
    const { channelId, feed, call, snapshot } = this.#options;
    if (missing.kind === "snapshot") {
      const position = snapshot ? await snapshot() : missing.from;
      if (position && feed.isCurrentLog(position)) return feed.snapshotLoaded(position);
      throw new ParleyError({
        code: "unavailable",
        detail: "The snapshot is from a replaced log; retrying",
      });
    }
    const page = await call(getChannelEvents, {
      params: { channelId },
      query: { after: missing.after, limit: 100 },
      retry: false,
    });
    const events = feed.page(page.events, page);
    if (events.length > 0 || feed.position?.seq !== missing.after) return events;
    throw new ParleyError({
      code: "internal",
      detail: `No event after #${missing.after}`,
    });
  }
}
