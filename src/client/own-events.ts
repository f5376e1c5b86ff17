import type { UserEventEnvelope } from "./contract/user-events.ts";
import type { Place } from "./event-feed.ts";

export interface OwnEventsHandlers {
  event(event: UserEventEnvelope): void;
  /** Events before `place` may be missing. */
  reset(place: Place): void;
}

/** Orders the user's own events: each once, by `seq`. They have no pages to repair a gap with, so a gap is a reset. */
export class OwnEvents {
  #place: Place | null;
  /** The end of the log when the connection was made: events up to it were missed. */
  #head = 0;
  readonly #handlers: OwnEventsHandlers;

  constructor(place: Place | null, handlers: OwnEventsHandlers) {
    this.#place = place;
    this.#handlers = handlers;
  }

  /** The place of the last event that was emitted. */
  get place(): Place | null {
    return this.#place;
  }

  /** Whether all missed events have arrived. */
  get isLive(): boolean {
    return !this.#place || this.#place.seq >= this.#head;
  }

  hello(head: Place): void {
    this.#head = head.seq;
    const place = this.#place;
    if (!place) this.#place = { seq: head.seq, epoch: head.epoch };
    else if (place.epoch !== head.epoch || place.seq > head.seq) this.reset(head);
  }

  reset({ seq, epoch }: Place): void {
    if (this.#place?.seq === seq && this.#place.epoch === epoch) return;
    this.#place = { seq, epoch };
    this.#handlers.reset(this.#place);
  }

  event(event: UserEventEnvelope): void {
    const place = this.#place;
    if (!place || event.seq <= place.seq) return;
    if (event.seq > place.seq + 1) this.reset({ ...place, seq: event.seq - 1 });
    this.#place = { ...place, seq: event.seq };
    this.#handlers.event(event);
  }
}
