import type { EventEnvelope } from "./contract/events.ts";

/** A place in a log: `seq` of an event, and the `epoch` of the log that it belongs to. */
export interface LogPosition {
  seq: number;
  epoch: string;
}

/** Only `seq` and `epoch`. */
const positionOf = ({ seq, epoch }: LogPosition): LogPosition => ({ seq, epoch });

/** What the feed lacks before it can go on: events `after` to `to` from the log, or a fresh snapshot. */
export type Missing = { kind: "repair"; after: number; to: number } | { kind: "snapshot"; from: LogPosition | null };

/** How many events are held while a gap is repaired; further ones extend the gap instead. */
const maxBufferedEvents = 5_000;

/**
 * The order of one channel's events, as a machine without sockets: whatever arrives, in whatever pieces, it gives each
 * event once, in the order of `seq`, none skipped. Each input returns the events that are due now; `need` says what has
 * to be fetched before more can be.
 */
export class EventFeed {
  /** The last event that was emitted; null while no place is known. */
  #position: LogPosition | null;
  /** The application starts over, at or after `from` where that is known. */
  #awaitedSnapshot: { from: LogPosition | null } | null = null;
  /** Events up to this one are to be fetched; it is at or before the place when there is no gap. */
  #repairTo = 0;
  /** Those that follow `#repairTo` without a hole. */
  #buffered: EventEnvelope[] = [];
  #isSubscribed = false;
  #resets = 0;

  /** Begins at `place`, or at the end of the log; with `fromSnapshot` the application fetches a snapshot first. */
  constructor(position: LogPosition | null, fromSnapshot = false) {
    this.#position = position && positionOf(position);
    if (fromSnapshot && !position) this.#awaitedSnapshot = { from: null };
  }

  /** Where to resume: `?since=&epoch=`. */
  get position(): LogPosition | null {
    return this.#awaitedSnapshot ? this.#awaitedSnapshot.from : this.#position;
  }

  /** How often the log was replaced. */
  get resets(): number {
    return this.#resets;
  }

  get missing(): Missing | null {
    if (this.#awaitedSnapshot) return { kind: "snapshot", from: this.#awaitedSnapshot.from };
    if (!this.#position || this.#position.seq >= this.#repairTo) return null;
    return { kind: "repair", after: this.#position.seq, to: this.#repairTo };
  }

  /** Whether every event was emitted. */
  get isLive(): boolean {
    return this.#isSubscribed && this.missing === null;
  }

  /** The connection is open: without a place, the feed begins at the end of the log. */
  hello(head: LogPosition): void {
    if (this.position) return;
    if (this.#awaitedSnapshot) this.#expectSnapshotAt(head);
    else this.#position = positionOf(head);
  }

  event(event: EventEnvelope): EventEnvelope[] {
    if (this.missing || !this.#position) this.#buffer(event);
    else if (event.seq === this.#position.seq + 1) return this.#advance([event]);
    else if (event.seq > this.#position.seq) this.#bufferBehindGap(event);
    return [];
  }

  /** The server leaves out events up to `to`. */
  gap(to: number): void {
    if (to <= this.#newestSeq()) return;
    this.#repairTo = to;
    this.#buffered = [];
  }

  /** All missed events have arrived, or were named by a gap: any other one before `head` is missing. */
  subscribed(head: LogPosition): void {
    this.#isSubscribed = true;
    const known = this.position;
    if (!known) this.hello(head);
    else if (known.epoch !== head.epoch) this.reset(head);
    else this.gap(head.seq);
  }

  /** The log was replaced since the place was taken. */
  reset(from: LogPosition): void {
    this.#resets++;
    this.#expectSnapshotAt(from);
  }

  /** A page of the log behind the place, read when the log's head was `head`. A page of another log is a reset. */
  page(events: readonly EventEnvelope[], head: LogPosition): EventEnvelope[] {
    if (this.#awaitedSnapshot || !this.#position) return [];
    if (head.epoch !== this.#position.epoch) {
      this.reset(head);
      return [];
    }
    return this.#advance(events);
  }

  /** Whether a snapshot taken at `place` belongs to the server's current log. */
  isCurrentLog(place: LogPosition): boolean {
    const from = this.#awaitedSnapshot?.from;
    return !from || from.epoch === place.epoch;
  }

  /** The application has a snapshot, taken at `place`. */
  snapshotLoaded(place: LogPosition): EventEnvelope[] {
    if (!this.#awaitedSnapshot) return [];
    this.#awaitedSnapshot = null;
    this.#position = positionOf(place);
    return this.#advance([]);
  }

  /** The connection was lost: held and missing events arrive again after resuming from `place`. */
  disconnected(): void {
    this.#isSubscribed = false;
    this.#buffered = [];
    this.#repairTo = this.position?.seq ?? 0;
  }

  #expectSnapshotAt(from: LogPosition): void {
    this.#awaitedSnapshot = { from: positionOf(from) };
    this.#buffered = [];
    this.#repairTo = from.seq;
  }

  /** Returns the events that follow the place, then held ones if they follow now. */
  #advance(events: readonly EventEnvelope[]): EventEnvelope[] {
    if (!this.#position) return [];
    let { seq } = this.#position;
    const due: EventEnvelope[] = [];
    const take = (event: EventEnvelope) => {
      if (event.seq !== seq + 1) return;
      seq = event.seq;
      due.push(event);
    };
    for (const event of events) take(event);
    if (seq >= this.#repairTo) {
      for (const event of this.#buffered) take(event);
      this.#buffered = [];
    }
    this.#position = { ...this.#position, seq };
    return due;
  }

  #buffer(event: EventEnvelope): void {
    if (event.seq <= this.#newestSeq()) return;
    if (event.seq > this.#newestSeq() + 1 || this.#buffered.length >= maxBufferedEvents) this.#bufferBehindGap(event);
    else this.#buffered.push(event);
  }

  #bufferBehindGap(event: EventEnvelope): void {
    this.#repairTo = event.seq - 1;
    this.#buffered = [event];
  }

  #newestSeq(): number {
    return this.#buffered.at(-1)?.seq ?? Math.max(this.#repairTo, this.#awaitedSnapshot ? 0 : (this.#position?.seq ?? 0));
  }
}
