import { backoffMs } from "../lib/backoff.ts";
import { isSimulatedCrash, neverSettles } from "../lib/failpoint.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { within } from "../lib/parallel.ts";
import type { AlarmScheduler, AlarmTask } from "./alarm-scheduler.ts";
import type { Migration } from "./migrations.ts";

export const createCursors: Migration = (sql) => {
  sql.exec("CREATE TABLE cursors (sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID");
};

const maxBatchRows = 500;
const maxBatchBytes = 500_000;
/** A batch costs a database some milliseconds, however few rows it has. */
const defaultBatchIntervalMs = 500;
/** A batch without an answer after this time has failed: D1 ends a query after 30 s. If it lands later, it changes nothing. */
const batchTimeoutMs = 35_000;
/** The alarm retries this long after a commit, in case the object crashes before the batch is delivered. */
const takeoverMs = 5_000;
const retryBounds = { baseMs: 250, capMs: 30_000 };

/** The cursor of a projection whose target has to be asked for its checkpoint. */
const unknownCursor = -1;

/** A sequence of numbered changes: an event log, or rows that carry the revision at which they last changed. */
export interface Feed<Row> {
  /** The number of the last change; 0 before the first. */
  readonly head: number;
  /** Returns changes after `after` in order, at most `limit` and about `maxBytes` of them. */
  read(after: number, limit: number, maxBytes: number): Row[];
}

/** What is derived from a feed somewhere else: rows in D1 or in the search index, or calls to hubs. */
export interface Projection<Row> {
  /** The name of its cursor and of its alarm entry, both stored. */
  readonly name: string;
  readonly feed: Feed<Row>;
  /** The least time between two batches that no request waits for; 500 ms by default. */
  readonly batchIntervalMs?: number;
  /** The wait before the first batch when idle, so that changes that arrive together share a batch; at most `batchIntervalMs`. */
  readonly initialDelayMs?: number;
  /** Keeps the interval even for a full batch or a waiting request, to limit the load on the target. */
  readonly alwaysPaced?: boolean;
  /**
   * Writes changes that follow `from`. It may be called again with the same changes, after a crash or a lost answer.
   *
   * @returns the number up to which the target now has everything
   * @throws any error, to be retried later
   */
  deliver(rows: Row[], from: number): Promise<number>;
  /** Asks the target up to which number it has everything. Absent where it cannot be asked: then everything is delivered again. */
  readCheckpoint?(): Promise<number>;
}

/** The stored cursor of a projection; 0 when it has none yet. */
export const readCursor = (sql: SqlStorage, name: string): number =>
  sql.exec<{ seq: number }>("SELECT seq FROM cursors WHERE sink = ?", name).toArray()[0]?.seq ?? 0;

/**
 * Delivers a feed to a projection in batches, with a separate pace and cursor for each projection, so that a slow or failing target
 * delays neither the writer nor another projection. A sink flushes at once when idle or when a request waits for it; otherwise it
 * batches.
 *
 * It is not an `Outbox`, which keeps a row for every delivery: a cursor needs no row for an event, and changes that follow each
 * other can be merged in a batch. Failures and the alarm work as in an outbox: a failed batch is retried with exponential backoff
 * for as long as it takes, and the alarm, set in the transaction of the commit, continues after a crash.
 */
export class ProjectionSink<Row> implements AlarmTask {
  readonly #projection: Projection<Row>;
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler;
  #cursor: number | undefined;
  #draining: Promise<void> | undefined;
  #waiters: { seq: number; resolve: (reached: boolean) => void }[] = [];
  #isFailing = false;
  #nextBatchAt = 0;
  #endPause: (() => void) | undefined;

  constructor(projection: Projection<Row>, { sql, alarms }: { sql: SqlStorage; alarms: AlarmScheduler }) {
    this.#projection = projection;
    this.#sql = sql;
    this.#alarms = alarms;
  }

  get name(): string {
    return this.#projection.name;
  }

  /** Up to which number the target has everything, as far as this object knows; -1 when the target has to be asked. */
  get cursor(): number {
    return (this.#cursor ??= readCursor(this.#sql, this.name));
  }

  get #batchIntervalMs(): number {
    return this.#projection.batchIntervalMs ?? defaultBatchIntervalMs;
  }

  get isBehind(): boolean {
    return this.cursor < this.#projection.feed.head;
  }

  /** Whether the last batch succeeded, so that it makes sense to wait for the next one. */
  get isHealthy(): boolean {
    return !this.#isFailing && this.#alarms.attempts(this.name) === 0;
  }

  /** Sets the alarm, within the transaction that adds to the feed, so that a crash after the commit loses nothing. */
  scheduleRetry(nowMs: number): void {
    if (!this.#alarms.has(this.name)) this.#alarms.set(this.name, nowMs + takeoverMs);
  }

  /**
   * Moves the cursor past changes that need no delivery, within the transaction that adds them. Does nothing unless the target has
   * everything before them.
   */
  skip(from: number, to: number): void {
    if (this.cursor === from && to > from) this.#moveTo(to);
  }

  /** Starts delivery after a commit. While the target fails, only the alarm retries. */
  startDraining(): void {
    if (this.isBehind && this.isHealthy) void this.drain();
  }

  /** Delivers until the feed is exhausted, or until a failure, after which the alarm retries. Never rejects. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (!this.#isFailing && this.isBehind) void this.drain();
    });
    return this.#draining;
  }

  /**
   * Waits until the target has everything up to `seq`, at most `timeoutMs`; not at all while the target fails.
   *
   * @returns whether it has
   */
  async waitFor(seq: number, timeoutMs: number): Promise<boolean> {
    if (this.cursor >= seq) return true;
    if (!this.isHealthy) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let self: { seq: number; resolve: (reached: boolean) => void } | undefined;
    const reached = new Promise<boolean>((resolve) => {
      self = { seq, resolve };
      this.#waiters.push(self);
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    this.#endPause?.();
    this.startDraining();
    const result = await reached;
    clearTimeout(timer);
    this.#waiters = this.#waiters.filter((waiter) => waiter !== self);
    return result;
  }

  /** As `resync`, but only from the alarm or the next start of the object on. Call it before the target is cleared, in case of a crash. */
  forgetCursor(nowMs: number): void {
    this.#moveTo(unknownCursor);
    this.scheduleRetry(nowMs);
  }

  /** Asks the target for its checkpoint and continues from there. For a target that may have been cleared or restored. */
  resync(nowMs: number): void {
    this.forgetCursor(nowMs);
    this.startDraining();
  }

  #moveTo(seq: number): void {
    this.#sql.exec(
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
    const { feed, alwaysPaced = false, initialDelayMs = 0 } = this.#projection;
    const attempts = this.#alarms.attempts(this.name);
    if (initialDelayMs > 0) this.#nextBatchAt = Math.max(this.#nextBatchAt, Date.now() + initialDelayMs);
    try {
      while (this.isBehind) {
        await this.#pause();
        const [from, { head }] = [this.cursor, feed];
        const reached = await within(batchTimeoutMs, this.#deliverFrom(from));
        this.#isFailing = false;
        // `resync` may have been called meanwhile: then this answer is older than the reason for it.
        if (this.cursor === from) this.#moveTo(reached);
        // A backlog drains without pauses; rows that arrived during the batch wait for the next one.
        const isBacklog = reached < head && !alwaysPaced;
        this.#nextBatchAt = isBacklog ? 0 : Date.now() + this.#batchIntervalMs;
      }
      if (attempts > 0) this.#alarms.clear(this.name);
    } catch (error) {
      if (isSimulatedCrash(error)) return neverSettles();
      this.#isFailing = true;
      this.#nextBatchAt = 0;
      this.#alarms.set(this.name, Date.now() + backoffMs(attempts, retryBounds), attempts + 1);
      logLine({
        level: "warn",
        message: "projection.batch_failed",
        projection: this.name,
        attempt: attempts + 1,
        error: describeError(error),
      });
      for (const { resolve } of this.#waiters.splice(0)) resolve(false);
    }
  }

  async #deliverFrom(from: number): Promise<number> {
    if (from === unknownCursor) return (await this.#projection.readCheckpoint?.()) ?? 0;
    const rows = this.#projection.feed.read(from, maxBatchRows, maxBatchBytes);
    return this.#projection.deliver(rows, from);
  }

  /** Waits until the next batch may be sent. Not at all when a request waits for it or a full batch is ready. */
  async #pause(): Promise<void> {
    // At most the interval: a clock that was set back must not stop the sink for that long.
    const waitMs = Math.min(this.#batchIntervalMs, this.#nextBatchAt - Date.now());
    const { feed, alwaysPaced = false } = this.#projection;
    const isUrgent = this.#waiters.length > 0 || feed.head - this.cursor >= maxBatchRows;
    if (waitMs <= 0 || (isUrgent && !alwaysPaced)) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      timer = setTimeout(resolve, waitMs);
    });
    clearTimeout(timer);
    this.#endPause = undefined;
  }

  /** Delivers what is outstanding, and removes the alarm entry when nothing is left. */
  async onAlarm(): Promise<void> {
    await this.drain();
    if (!this.#isFailing && !this.isBehind) this.#alarms.clear(this.name);
  }

  /** Reads the cursor again on next use: what memory holds may have been rolled back. */
  invalidate(): void {
    this.#cursor = undefined;
  }
}
