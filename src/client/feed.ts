import type { EventEnvelope } from "./contract/events.ts";

/** A place in one life of a channel's log. */
export interface Place {
  seq: number;
  epoch: string;
}

/** Without whatever else came with it. */
const placeOf = ({ seq, epoch }: Place): Place => ({ seq, epoch });

/** What the feed lacks before it can go on: events `after` to `to` from the log, or a fresh snapshot. */
export type Need = { kind: "repair"; after: number; to: number } | { kind: "snapshot"; from: Place | null };

/** More than these are not kept while a gap is repaired: the gap grows over them instead. */
const heldAtMost = 5_000;

/**
 * The order of one channel's events, as a machine without sockets: whatever arrives, in whatever pieces, it gives each
 * event once, in the order of `seq`, none skipped. Each input returns the events that are due now; `need` says what has
 * to be fetched before more can be.
 */
export class Feed {
  /** The last event given out; null while no place is known. */
  #place: Place | null;
  /** The application starts over, at or after `from` where that is known. */
  #restart: { from: Place | null } | null = null;
  /** Events up to this one are to be fetched; it is at or before the place when there is no gap. */
  #repairTo = 0;
  /** Those that follow `#repairTo` without a hole. */
  #held: EventEnvelope[] = [];
  #subscribed = false;
  #resets = 0;

  /** From `place`, or from wherever the server is; `fromSnapshot`: the application fetches one first. */
  constructor(place: Place | null, fromSnapshot = false) {
    this.#place = place && placeOf(place);
    if (fromSnapshot && !place) this.#restart = { from: null };
  }

  /** Where to resume: `?since=&epoch=`. */
  get place(): Place | null {
    return this.#restart ? this.#restart.from : this.#place;
  }

  /** How often the log turned out to be another one. */
  get resets(): number {
    return this.#resets;
  }

  get need(): Need | null {
    if (this.#restart) return { kind: "snapshot", from: this.#restart.from };
    if (!this.#place || this.#place.seq >= this.#repairTo) return null;
    return { kind: "repair", after: this.#place.seq, to: this.#repairTo };
  }

  /** Whether what is given out is all there is. */
  get live(): boolean {
    return this.#subscribed && this.need === null;
  }

  /** The socket is there: without a place, the log's head is where one begins. */
  hello(head: Place): void {
    if (this.place) return;
    if (this.#restart) this.#expectSnapshotAt(head);
    else this.#place = placeOf(head);
  }

  event(event: EventEnvelope): EventEnvelope[] {
    if (this.need || !this.#place) this.#hold(event);
    else if (event.seq === this.#place.seq + 1) return this.#give([event]);
    else if (event.seq > this.#place.seq) this.#holdBehindGap(event);
    return [];
  }

  /** The server leaves out events up to `to`. */
  gap(to: number): void {
    if (to <= this.#lastKnown()) return;
    this.#repairTo = to;
    this.#held = [];
  }

  /** All missed events have come, or were named by a gap: what lies before `head` and is not here is lacking. */
  subscribed(head: Place): void {
    this.#subscribed = true;
    const known = this.place;
    if (!known) this.hello(head);
    else if (known.epoch !== head.epoch) this.reset(head);
    else this.gap(head.seq);
  }

  /** The log is another one than the place speaks of. */
  reset(from: Place): void {
    this.#resets++;
    this.#expectSnapshotAt(from);
  }

  /** A page of the log behind the place, read when the log's head was `head`. A page of another log is a reset. */
  page(events: readonly EventEnvelope[], head: Place): EventEnvelope[] {
    if (this.#restart || !this.#place) return [];
    if (head.epoch !== this.#place.epoch) {
      this.reset(head);
      return [];
    }
    return this.#give(events);
  }

  /** Whether a snapshot taken at `place` speaks of the log that the server speaks of now. */
  isOfThisLog(place: Place): boolean {
    const from = this.#restart?.from;
    return !from || from.epoch === place.epoch;
  }

  /** The application holds a snapshot, taken at `place`. */
  restartedAt(place: Place): EventEnvelope[] {
    if (!this.#restart) return [];
    this.#restart = null;
    this.#place = placeOf(place);
    return this.#give([]);
  }

  /** The socket is gone: what was held or lacking comes again by resuming from `place`. */
  disconnected(): void {
    this.#subscribed = false;
    this.#held = [];
    this.#repairTo = this.place?.seq ?? 0;
  }

  #expectSnapshotAt(from: Place): void {
    this.#restart = { from: placeOf(from) };
    this.#held = [];
    this.#repairTo = from.seq;
  }

  /** Gives what follows the place, then what was held if that follows now. */
  #give(events: readonly EventEnvelope[]): EventEnvelope[] {
    if (!this.#place) return [];
    let { seq } = this.#place;
    const due: EventEnvelope[] = [];
    const take = (event: EventEnvelope) => {
      if (event.seq !== seq + 1) return;
      seq = event.seq;
      due.push(event);
    };
    for (const event of events) take(event);
    if (seq >= this.#repairTo) {
      for (const event of this.#held) take(event);
      this.#held = [];
    }
    this.#place = { ...this.#place, seq };
    return due;
  }

  #hold(event: EventEnvelope): void {
    if (event.seq <= this.#lastKnown()) return;
    if (event.seq > this.#lastKnown() + 1 || this.#held.length >= heldAtMost) this.#holdBehindGap(event);
    else this.#held.push(event);
  }

  #holdBehindGap(event: EventEnvelope): void {
    this.#repairTo = event.seq - 1;
    this.#held = [event];
  }

  #lastKnown(): number {
    return this.#held.at(-1)?.seq ?? Math.max(this.#repairTo, this.#restart ? 0 : (this.#place?.seq ?? 0));
  }
}
