import { getChannelEvents } from "./contract/events.ts";
import type { EventEnvelope } from "./contract/events.ts";
import type { Backoff } from "./backoff.ts";
import type { Call } from "./call.ts";
import { ParleyError } from "./error.ts";
import type { Feed, Need, Place } from "./event-feed.ts";

export interface CatchUpOptions {
  channelId: string;
  feed: Feed;
  call: Call;
  backoff: Backoff;
  snapshot: (() => Promise<Place>) | undefined;
  /** Called with events that are due now; the feed may have another need. */
  progress: (events: EventEnvelope[]) => void;
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
  attend(): void {
    if (this.#busy || this.#stopped || !this.#options.feed.need) return;
    this.#busy = true;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    const { feed, backoff, progress, failed } = this.#options;
    try {
      for (let need = feed.need; need && !this.#stopped; need = feed.need) {
        const events = await this.#fetch(need);
        if (this.#stopped) return;
        backoff.reset();
        progress(events);
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

  async #fetch(need: Need): Promise<EventEnvelope[]> {
    const { channelId, feed, call, snapshot } = this.#options;
    if (need.kind === "snapshot") {
      const place = snapshot ? await snapshot() : need.from;
      if (place && feed.isOfThisLog(place)) return feed.restartedAt(place);
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
    if (events.length > 0 || feed.place?.seq !== need.after) return events;
    throw new ParleyError({ code: "internal", detail: `The log gave nothing after ${need.after}` });
  }
}
