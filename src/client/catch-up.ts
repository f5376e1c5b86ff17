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
  /** Called with events that are due now; the feed may have another need. */
  fetched: (events: EventEnvelope[]) => void;
  failed: (error: ParleyError) => void;
}

/** Fetches what a feed needs, page by page, and retries with backoff until it has it. */
export class CatchUp {
  #busy = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: CatchUpOptions;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Retries at once what waits for a retry: there is a new connection. */
  connected(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.#run();
  }

  /** Starts fetching if the feed needs something. */
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
      for (let need = feed.missing; need && !this.#stopped; need = feed.missing) {
        const events = await this.#fetch(need);
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
          : new ParleyError({ code: "internal", detail: "Fetching failed", cause: error }),
      );
    }
  }

  async #fetch(need: Missing): Promise<EventEnvelope[]> {
    const { channelId, feed, call, snapshot } = this.#options;
    if (need.kind === "snapshot") {
      const place = snapshot ? await snapshot() : need.from;
      if (place && feed.isCurrentLog(place)) return feed.snapshotLoaded(place);
      throw new ParleyError({
        code: "unavailable",
        detail: "The snapshot is of another log than the room's",
      });
    }
    const page = await call(getChannelEvents, {
      params: { channelId },
      query: { after: need.after, limit: 100 },
      retry: false,
    });
    const events = feed.page(page.events, page);
    if (events.length > 0 || feed.position?.seq !== need.after) return events;
    throw new ParleyError({ code: "internal", detail: `The log gave nothing after ${need.after}` });
  }
}
