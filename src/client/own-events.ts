import type { UserEventEnvelope } from "./contract/user-events.ts";
import type { LogPosition } from "./event-feed.ts";

export interface OwnEventsHandlers {
  event(event: UserEventEnvelope): void;
  /** Events before `position` may be missing. */
  reset(position: LogPosition): void;
}

/** Orders the user's own events: each once, by `seq`. The server offers no pages to repair a gap with, so a gap is a reset. */
export class OwnEvents {
  #position: LogPosition | null;
  /** `seq` of the end of the log when the connection was opened: events up to it were missed. */
  #head = 0;
  readonly #handlers: OwnEventsHandlers;

  constructor(position: LogPosition | null, handlers: OwnEventsHandlers) {
    this.#position = position;
    this.#handlers = handlers;
  }

  /** The position of the last emitted event. */
  get position(): LogPosition | null {
    return this.#position;
  }

  /** Whether all missed events have arrived. */
  get isLive(): boolean {
    return !this.#position || this.#position.seq >= this.#head;
  }

  hello(head: LogPosition): void {
    this.#head = head.seq;
    const position = this.#position;
    if (!position) this.#position = { seq: head.seq, epoch: head.epoch };
    else if (position.epoch !== head.epoch || position.seq > head.seq) this.reset(head);
  }

  reset({ seq, epoch }: LogPosition): void {
    if (this.#position?.seq === seq && this.#position.epoch === epoch) return;
    this.#position = { seq, epoch };
    this.#handlers.reset(this.#position);
  }

  event(event: UserEventEnvelope): void {
    const position = this.#position;
    if (!position || event.seq <= position.seq) return;
    if (event.seq > position.seq + 1) this.reset({ ...position, seq: event.seq - 1 });
    this.#position = { ...position, seq: event.seq };
    this.#handlers.event(event);
  }
}
