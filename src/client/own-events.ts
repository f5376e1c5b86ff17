import type { UserEventEnvelope } from "./contract/user-events.ts";
import type { Place } from "./feed.ts";

export interface OwnEventsHandlers {
  event(event: UserEventEnvelope): void;
  /** What is known of before `place` is not whole. */
  reset(place: Place): void;
}

/** The order of a user's own events: each once, by `seq`. There is no page to repair a hole by, so that one is a reset. */
export class OwnEvents {
  #place: Place | null;
  /** Where the log was when the connection was made: up to there, events were missed. */
  #head = 0;
  readonly #handlers: OwnEventsHandlers;

  constructor(place: Place | null, handlers: OwnEventsHandlers) {
    this.#place = place;
    this.#handlers = handlers;
  }

  /** Of the last one that was given out. */
  get place(): Place | null {
    return this.#place;
  }

  /** Whether those that were missed have come. */
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
