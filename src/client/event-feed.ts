import type { EventEnvelope } from "./contract/events.ts";

/**
 * A position in an append-only log: the `seq` of an event, and the `epoch` of the log that it belongs to. A log that is restored
 * or replaced has a new epoch, in which earlier sequence numbers mean nothing.
 */
export interface LogPosition {
  seq: number;
  epoch: string;
}

/** @deprecated Use `LogPosition`. */
export type Place = LogPosition;

/** Copies `seq` and `epoch` alone, since callers pass whole pages. */
const positionOf = ({ seq, epoch }: LogPosition): LogPosition => ({ seq, epoch });

/** What has to be fetched before the feed can continue: the events from `after` + 1 to `to`, or a new snapshot. */
export type Missing =
  | { kind: "repair"; after: number; to: number }
  | { kind: "snapshot"; from: LogPosition | null };

/** How many events are buffered while a gap is repaired; later ones extend the gap instead, which bounds the memory. */
const maxBufferedEvents = 5_000;

/**
 * Orders the events of one channel, independently of sockets: it returns each event exactly once, by ascending `seq` and without
 * a hole, even if events, gaps and pages arrive in another order. Each input returns the events that can be emitted now; `missing`
 * says what has to be fetched before more can.
 */
export class EventFeed {
  /** Position of the last emitted event; null before the first position is known. */
  #position: LogPosition | null;
  /** Set while the application has to load a snapshot, taken at or after `from`; null there if any snapshot will do. */
  #awaitedSnapshot: { from: LogPosition | null } | null = null;
  /** `seq` of the last event of the gap that is being repaired; at most the position's `seq` when there is no gap. */
  #repairTo = 0;
  /** Events that follow `#repairTo` without a hole. */
  #buffered: EventEnvelope[] = [];
  #isSubscribed = false;
  #resets = 0;

  /**
   * @param position - the last event that the application has; null: begins at the end of the log
   * @param fromSnapshot - whether the application loads a snapshot first, where `position` is null
   */
  constructor(position: LogPosition | null, fromSnapshot = false) {
    this.#position = position && positionOf(position);
    if (fromSnapshot && !position) this.#awaitedSnapshot = { from: null };
  }

  /** The position to resume from: `?since=&epoch=`. */
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

  /** Whether every event up to the end of the log was emitted. */
  get isLive(): boolean {
    return this.#isSubscribed && this.missing === null;
  }

  /** Handles a new connection: a feed without a position begins at `head`, the end of the log. */
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

  /** Handles a `gap` frame: the server does not send the events up to `to`. */
  gap(to: number): void {
    if (to <= this.#newestSeq()) return;
    this.#repairTo = to;
    this.#buffered = [];
  }

  /** Handles `subscribed`: the server has replayed the missed events or named them in a gap, so any other one before `head` is missing. */
  subscribed(head: LogPosition): void {
    this.#isSubscribed = true;
    const { position } = this;
    if (!position) this.hello(head);
    else if (position.epoch !== head.epoch) this.reset(head);
    else this.gap(head.seq);
  }

  /** Handles a log that was replaced since the position was taken. */
  reset(from: LogPosition): void {
    this.#resets++;
    this.#expectSnapshotAt(from);
  }

  /**
   * Adds a page of the log after the position. A page of another log is a reset.
   *
   * @param head - the end of the log when the page was read
   */
  page(events: readonly EventEnvelope[], head: LogPosition): EventEnvelope[] {
    if (this.#awaitedSnapshot || !this.#position) return [];
    if (head.epoch !== this.#position.epoch) {
      this.reset(head);
      return [];
    }
    return this.#advance(events);
  }

  /** Whether a snapshot taken at `position` belongs to the server's current log. */
  isCurrentLog(position: LogPosition): boolean {
    const from = this.#awaitedSnapshot?.from;
    return !from || from.epoch === position.epoch;
  }

  /** Continues after a snapshot that was taken at `position`. */
  snapshotLoaded(position: LogPosition): EventEnvelope[] {
    if (!this.#awaitedSnapshot) return [];
    this.#awaitedSnapshot = null;
    this.#position = positionOf(position);
    return this.#advance([]);
  }

  /** Handles a lost connection: buffered and missing events arrive again when the subscription resumes from `position`. */
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

  /** Returns the events that directly follow the position, then buffered ones if the gap before them is closed. */
  #advance(events: readonly EventEnvelope[]): EventEnvelope[] {
    if (!this.#position) return [];
    let { seq } = this.#position;
    const ready: EventEnvelope[] = [];
    const addNext = (event: EventEnvelope) => {
      if (event.seq !== seq + 1) return;
      seq = event.seq;
      ready.push(event);
    };
    for (const event of events) addNext(event);
    if (seq >= this.#repairTo) {
      for (const event of this.#buffered) addNext(event);
      this.#buffered = [];
    }
    this.#position = { ...this.#position, seq };
    return ready;
  }

  #buffer(event: EventEnvelope): void {
    if (event.seq <= this.#newestSeq()) return;
    if (event.seq > this.#newestSeq() + 1 || this.#buffered.length >= maxBufferedEvents)
      this.#bufferBehindGap(event);
    else this.#buffered.push(event);
  }

  #bufferBehindGap(event: EventEnvelope): void {
    this.#repairTo = event.seq - 1;
    this.#buffered = [event];
  }

  /** The highest `seq` that was emitted, buffered or named by a gap. */
  #newestSeq(): number {
    const position = this.#awaitedSnapshot ? 0 : (this.#position?.seq ?? 0);
    return this.#buffered.at(-1)?.seq ?? Math.max(this.#repairTo, position);
  }
}
