import { SimulatedCrash } from "../lib/failpoint.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { within } from "../lib/parallel.ts";
import { backoffMs } from "../lib/backoff.ts";
import type { AlarmScheduler } from "./alarm-scheduler.ts";
import type { Migration } from "./migrations.ts";

export const createCursors: Migration = (sql) => {
  sql.exec("CREATE TABLE cursors (sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID");
};

const batchEvents = 500;
const batchBytes = 500_000;
/** Between batches that nobody waits for: a batch costs a database some milliseconds, whatever is in it. */
const usualRestMs = 500;
/** What does not answer for so long has failed: D1 gives a batch 30 s. One that comes later changes nothing. */
const patienceMs = 35_000;
/** Were the object to die after a commit, the alarm takes over this much later. */
const safetyMs = 5_000;

/** What a sink follows: a log, or whatever else numbers its changes. */
export interface Feed<Row> {
  /** The number of the last change; 0 before the first. */
  readonly head: number;
  /** Changes after `after`, in order, at most `limit` and about `maxBytes` of them. */
  read(after: number, limit: number, maxBytes: number): Row[];
}

export interface ProjectionSinkOptions<Row> {
  name: string;
  sql: SqlStorage;
  feed: Feed<Row>;
  alarms: AlarmScheduler;
  /** Between batches that nobody waits for. */
  batchIntervalMs?: number;
  /** Before the first batch after a pause, so that what comes together goes together; no longer than it rests. */
  initialDelayMs?: number;
  /** It rests between all batches, however much has gathered: what it feeds is to have peace. */
  alwaysPaced?: boolean;
  /** Takes changes that follow `from` and tells up to where the sink now has everything. Throws to be called again later. */
  deliver: (rows: Row[], from: number) => Promise<number>;
  /** Asks the sink itself up to where it has everything; the beginning, where nobody can be asked. */
  readCheckpoint?: () => Promise<number>;
}

/**
 * Something that follows a feed by a cursor of its own, and holds back nobody else. The first change after a pause goes at
 * once; under load batches are spaced, unless somebody waits for one. It fails for as long as it must, then drains.
 */
export class ProjectionSink<Row> {
  readonly #options: ProjectionSinkOptions<Row>;
  #cursor: number | undefined;
  #draining: Promise<void> | undefined;
  #waiters: { seq: number; resolve: (reached: boolean) => void }[] = [];
  #failing = false;
  #restUntil = 0;
  #endRest: (() => void) | undefined;

  constructor(options: ProjectionSinkOptions<Row>) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Up to where the sink has everything, as far as is known here; -1 where it has to be asked. */
  get cursor(): number {
    return (this.#cursor ??=
      this.#options.sql
        .exec<{ seq: number }>("SELECT seq FROM cursors WHERE sink = ?", this.name)
        .toArray()[0]?.seq ?? 0);
  }

  get #restMs(): number {
    return this.#options.batchIntervalMs ?? usualRestMs;
  }

  get isBehind(): boolean {
    return this.cursor < this.#options.feed.head;
  }

  /** Whether the last batch went through, so that waiting for the next makes sense. */
  get healthy(): boolean {
    return !this.#failing && this.#options.alarms.attempts(this.name) === 0;
  }

  /** Within the commit's own transaction: from here on an alarm sees to it that the sink gets what was committed. */
  scheduleRetry(nowMs: number): void {
    if (!this.#options.alarms.has(this.name)) this.#options.alarms.set(this.name, nowMs + safetyMs);
  }

  /** After a commit. While the sink fails, only the alarm tries. */
  startDraining(): void {
    if (this.isBehind && this.healthy) void this.drain();
  }

  /** Delivers until nothing is left, or until a failure, after which the alarm goes on. Never rejects. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (!this.#failing && this.isBehind) void this.drain();
    });
    return this.#draining;
  }

  /** Whether the sink has everything up to `seq`, a number of its feed, within `timeoutMs`. Not waited for while it fails. */
  async waitFor(seq: number, timeoutMs: number): Promise<boolean> {
    if (this.cursor >= seq) return true;
    if (!this.healthy) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let self: { seq: number; resolve: (reached: boolean) => void } | undefined;
    const reached = new Promise<boolean>((resolve) => {
      self = { seq, resolve };
      this.#waiters.push(self);
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    this.#endRest?.();
    this.startDraining();
    const result = await reached;
    clearTimeout(timer);
    this.#waiters = this.#waiters.filter((waiter) => waiter !== self);
    return result;
  }

  /** The sink was emptied or set back: asks it where it stands, then goes on from there. */
  resync(nowMs: number): void {
    this.#moveTo(-1);
    this.scheduleRetry(nowMs);
    this.startDraining();
  }

  #moveTo(seq: number): void {
    this.#options.sql.exec(
      "INSERT INTO cursors (sink, seq) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET seq = excluded.seq",
      this.name,
      seq,
    );
    this.#cursor = seq;
    const ready = this.#waiters.filter((waiter) => waiter.seq <= seq);
    this.#waiters = this.#waiters.filter((waiter) => waiter.seq > seq);
    for (const { resolve } of ready) resolve(true);
  }

  async #drain(): Promise<void> {
    const { feed, alarms, deliver, readCheckpoint, initialDelayMs = 0 } = this.#options;
    const attempts = alarms.attempts(this.name);
    if (initialDelayMs > 0) this.#restUntil = Math.max(this.#restUntil, Date.now() + initialDelayMs);
    try {
      while (this.isBehind) {
        await this.#rest();
        const [from, { head }] = [this.cursor, feed];
        const reached = await within(
          patienceMs,
          from < 0
            ? (readCheckpoint?.() ?? Promise.resolve(0))
            : deliver(feed.read(from, batchEvents, batchBytes), from),
        );
        this.#failing = false;
        // Unless it was doubted meanwhile: then the answer may be of before.
        if (this.cursor === from) this.#moveTo(reached);
        // What was there already does not wait for more: a backlog drains as fast as it goes.
        this.#restUntil = reached < head && !this.#options.alwaysPaced ? 0 : Date.now() + this.#restMs;
      }
      if (attempts > 0) alarms.clear(this.name);
    } catch (error) {
      if (__FAILPOINTS__ && error instanceof SimulatedCrash) return new Promise(() => {});
      this.#failing = true;
      this.#restUntil = 0;
      alarms.set(this.name, Date.now() + backoffMs(attempts, { baseMs: 250, capMs: 30_000 }), attempts + 1);
      logLine({
        level: "warn",
        message: "sink failed",
        sink: this.name,
        attempt: attempts + 1,
        error: describeError(error),
      });
      for (const { resolve } of this.#waiters.splice(0)) resolve(false);
    }
  }

  /** Until the next batch may go: at once where somebody waits for it, or where much has gathered. */
  async #rest(): Promise<void> {
    // Never longer than the rest, or a clock that goes back would hold the sink for as long as it went back.
    const waitMs = Math.min(this.#restMs, this.#restUntil - Date.now());
    const { feed, alwaysPaced = false } = this.#options;
    const isPressed = this.#waiters.length > 0 || feed.head - this.cursor >= batchEvents;
    if (waitMs <= 0 || (isPressed && !alwaysPaced)) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#endRest = resolve;
      timer = setTimeout(resolve, waitMs);
    });
    clearTimeout(timer);
    this.#endRest = undefined;
  }

  /** By the alarm: clears the entry when nothing is left. */
  async onAlarm(): Promise<void> {
    await this.drain();
    if (!this.#failing && !this.isBehind) this.#options.alarms.clear(this.name);
  }

  invalidate(): void {
    this.#cursor = undefined;
  }
}
