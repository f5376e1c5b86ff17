import type { EventEnvelope } from "./contract/events.ts";

/** A place in a log: `seq` of an event, and the `epoch` of the log that it belongs to. */
export interface Place {
  seq: number;
  epoch: string;
}

/** Only `seq` and `epoch`. */
const placeOf = ({ seq, epoch }: Place): Place => ({ seq, epoch });

/** What the feed lacks before it can go on: events `after` to `to` from the log, or a fresh snapshot. */
export type Need = { kind: "repair"; after: number; to: number } | { kind: "snapshot"; from: Place | null };

/** How many events are held while a gap is repaired; further ones extend the gap instead. */
const heldAtMost = 5_000;

/**
 * The order of one channel's events, as a machine without sockets: whatever arrives, in whatever pieces, it gives each
 * event once, in the order of `seq`, none skipped. Each input returns the events that are due now; `need` says what has
 * to be fetched before more can be.
 */
export class Feed {
  /** The last event that was emitted; null while no place is known. */
  #place: Place | null;
  /** The application starts over, at or after `from` where that is known. */
  #restart: { from: Place | null } | null = null;
  /** Events up to this one are to be fetched; it is at or before the place when there is no gap. */
  #repairTo = 0;
  /** Those that follow `#repairTo` without a hole. */
  #held: EventEnvelope[] = [];
  #subscribed = false;
  #resets = 0;

  /** Begins at `place`, or at the end of the log; with `fromSnapshot` the application fetches a snapshot first. */
  constructor(place: Place | null, fromSnapshot = false) {
    this.#place = place && placeOf(place);
    if (fromSnapshot && !place) this.#restart = { from: null };
  }

  /** Where to resume: `?since=&epoch=`. */
  get place(): Place | null {
    return this.#restart ? this.#restart.from : this.#place;
  }

  /** How often the log was replaced. */
  get resets(): number {
    return this.#resets;
  }

  get need(): Need | null {
    if (this.#restart) return { kind: "snapshot", from: this.#restart.from };
    if (!this.#place || this.#place.seq >= this.#repairTo) return null;
    return { kind: "repair", after: this.#place.seq, to: this.#repairTo };
  }

  /** Whether every event was emitted. */
  get live(): boolean {
    return this.#subscribed && this.need === null;
  }

  /** The connection is open: without a place, the feed begins at the end of the log. */
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

  /** All missed events have arrived, or were named by a gap: any other one before `head` is missing. */
  subscribed(head: Place): void {
    this.#subscribed = true;
    const known = this.place;
    if (!known) this.hello(head);
    else if (known.epoch !== head.epoch) this.reset(head);
    else this.gap(head.seq);
  }

  /** The log was replaced since the place was taken. */
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

  /** Whether a snapshot taken at `place` belongs to the server's current log. */
  isOfThisLog(place: Place): boolean {
    const from = this.#restart?.from;
    return !from || from.epoch === place.epoch;
  }

  /** The application has a snapshot, taken at `place`. */
  restartedAt(place: Place): EventEnvelope[] {
    if (!this.#restart) return [];
    this.#restart = null;
    this.#place = placeOf(place);
    return this.#give([]);
  }

  /** The connection was lost: held and missing events arrive again after resuming from `place`. */
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

  /** Returns the events that follow the place, then held ones if they follow now. */
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
