import type { UserEventEnvelope } from "./contract/user-events.ts";
import type { LogPosition } from "./event-feed.ts";

export interface OwnEventsHandlers {
  event(event: UserEventEnvelope): void;
  /** Events before `place` may be missing. */
  reset(place: LogPosition): void;
}

/** Orders the user's own events: each once, by `seq`. They have no pages to repair a gap with, so a gap is a reset. */
export class OwnEvents {
  #position: LogPosition | null;
  /** The end of the log when the connection was made: events up to it were missed. */
  #head = 0;
  readonly #handlers: OwnEventsHandlers;

  constructor(position: LogPosition | null, handlers: OwnEventsHandlers) {
    this.#position = position;
    this.#handlers = handlers;
  }

  /** The place of the last event that was emitted. */
  get position(): LogPosition | null {
    return this.#position;
  }

  /** Whether all missed events have arrived. */
  get isLive(): boolean {
    return !this.#position || this.#position.seq >= this.#head;
  }

  hello(head: LogPosition): void {
    this.#head = head.seq;
    const place = this.#position;
    if (!place) this.#position = { seq: head.seq, epoch: head.epoch };
    else if (place.epoch !== head.epoch || place.seq > head.seq) this.reset(head);
  }

  reset({ seq, epoch }: LogPosition): void {
    if (this.#position?.seq === seq && this.#position.epoch === epoch) return;
    this.#position = { seq, epoch };
    this.#handlers.reset(this.#position);
  }

  event(event: UserEventEnvelope): void {
    const place = this.#position;
    if (!place || event.seq <= place.seq) return;
    if (event.seq > place.seq + 1) this.reset({ ...place, seq: event.seq - 1 });
    this.#position = { ...place, seq: event.seq };
    this.#handlers.event(event);
  }
}
