import { backoffMs } from "../lib/backoff.ts";
import { rethrowSimulatedCrash } from "../lib/failpoint.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { settledWithin } from "../lib/parallel.ts";
import type { Migration } from "./migrations.ts";

export const createAlarmTable: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE due (key TEXT PRIMARY KEY, at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
  );
};

interface Entry extends Record<string, SqlStorageValue> {
  /** When the task runs next, in ms since 1970. */
  at: number;
  /** How often it has failed since it last succeeded. */
  attempts: number;
}

/** Work that an object does by its alarm. */
export interface AlarmTask<Key extends string = string> {
  /**
   * Does what is due. Before it returns it removes its entry or sets its next time; otherwise it runs again after 5 s. When it throws, the scheduler retries it with exponential backoff. It may be called again while an earlier call is
   * still running.
   */
  onAlarm(nowMs: number, key: Key): Promise<void> | void;
}

/** The name of a task: its key, or the part of it before the colon where a task has an entry for each of several subjects. */
export type TaskName<Key extends string> = Key extends `${infer Name}:${string}` ? Name : Key;

/** The task of every key. A key without a task does not compile. */
export type AlarmTasks<Key extends string> = {
  readonly [Name in TaskName<Key>]: AlarmTask<Extract<Key, Name | `${Name}:${string}`>>;
};

const retryBounds = { baseMs: 1_000, capMs: 60_000 };
/** An alarm waits this long for its tasks. A task that takes longer continues to run and does not delay the next alarm. */
const timeLimitMs = 1_000;
/** A task that exceeds the time limit runs again this much later, in case the object crashes before it finishes. */
const takeoverMs = 5_000;
/** An entry of a later release is kept, so that its task runs if that release returns. It wakes the object this often. */
const unknownKeyMs = 3_600_000;
/** An entry overdue for this long has been lost: the platform's own retries of a failed alarm end earlier. */
const lostAfterMs = 300_000;
const recoveryMs = 5_000;

/**
 * Runs an object's tasks at their times. A Durable Object has one alarm; the scheduler sets it to the time of the earliest
 * entry, in the same transaction in which the entry is written. The table has one row for each kind of task, so it is held in
 * memory as well.
 *
 * Failures: a task that throws is retried with backoff; the alarm handler itself never throws, because the platform gives up on
 * an alarm after six failures. When the object crashes during a task, its entry is still there and the platform calls the alarm
 * again. When the platform has given up on an alarm, the next start of the object sets it again.
 *
 * @see https://developers.cloudflare.com/durable-objects/api/alarms/
 */
export class AlarmScheduler<Key extends string = string> {
  readonly #storage: DurableObjectStorage;
  #entries: Map<string, Entry> | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get #table(): Map<string, Entry> {
    if (this.#entries) return this.#entries;
    const rows = this.#storage.sql
      .exec<{ key: string } & Entry>("SELECT key, at, attempts FROM due")
      .toArray();
    this.#entries = new Map(rows.map(({ key, ...entry }) => [key, entry]));
    this.#recoverLostAlarm();
    return this.#entries;
  }

  #recoverLostAlarm(): void {
    const nowMs = Date.now();
    if (this.#dueKeys(nowMs - lostAfterMs).length > 0) void this.#storage.setAlarm(nowMs + recoveryMs);
  }

  /** Returns whether the task is scheduled. */
  has(key: string): boolean {
    return this.#table.has(key);
  }

  /** Returns how often the task has failed since it last succeeded. */
  attempts(key: string): number {
    return this.#table.get(key)?.attempts ?? 0;
  }

  /**
   * Schedules a task, in place of its earlier entry.
   *
   * @param at in ms since 1970
   */
  set(key: Key, at: number, attempts = 0): void {
    this.#set(key, at, attempts);
  }

  /** Schedules a task for `at`, unless it is scheduled for an earlier time. */
  setNoLaterThan(key: Key, at: number): void {
    const entry = this.#table.get(key);
    if (!entry || entry.at > at) this.#set(key, at, entry?.attempts ?? 0);
  }

  /**
   * The handler of the object's alarm: runs the due tasks concurrently, so that a task that waits for D1 delays no other. Never
   * throws.
   */
  async run(tasks: AlarmTasks<Key>): Promise<void> {
    const nowMs = Date.now();
    const running = new Set<string>();
    const due = new Map(this.#dueKeys(nowMs).map((key) => [key, this.#table.get(key)?.at]));
    const done = Array.from(due.keys(), async (key) => {
      const task = taskOf(tasks, key);
      if (!task) return this.#set(key, nowMs + unknownKeyMs);
      running.add(key);
      await this.#runTask(task, key, nowMs);
      running.delete(key);
    });
    await settledWithin(Promise.all(done), timeLimitMs);
    for (const [key, at] of due) {
      // A task that has removed its entry has nothing left to do. An entry that was not moved would fire the alarm again at once.
      const entry = this.#table.get(key);
      if (entry && (running.has(key) || entry.at === at))
        this.#set(key, Date.now() + takeoverMs, entry.attempts);
    }
    this.#setAlarm();
  }

  async #runTask(task: AlarmTask, key: string, nowMs: number): Promise<void> {
    try {
      await task.onAlarm(nowMs, key);
    } catch (error) {
      rethrowSimulatedCrash(error);
      const attempts = this.attempts(key);
      this.#set(key, Date.now() + backoffMs(attempts, retryBounds), attempts + 1);
      logLine({
        level: "warn",
        message: "alarm.task_failed",
        task: nameOf(key),
        attempt: attempts + 1,
        error: describeError(error),
      });
    }
  }

  #set(key: string, at: number, attempts = 0): void {
    this.#storage.sql.exec(
      "INSERT INTO due (key, at, attempts) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at, attempts = excluded.attempts",
      key,
      at,
      attempts,
    );
    this.#table.set(key, { at, attempts });
    this.#setAlarm();
  }

  /** Removes the entry of a task. */
  clear(key: string): void {
    if (!this.#table.has(key)) return;
    this.#storage.sql.exec("DELETE FROM due WHERE key = ?", key);
    this.#table.delete(key);
    this.#setAlarm();
  }

  /** The keys whose time has come, earliest first. */
  #dueKeys(nowMs: number): string[] {
    return [...this.#table]
      .filter(([, { at }]) => at <= nowMs)
      .sort(([, a], [, b]) => a.at - b.at)
      .map(([key]) => key);
  }

  /** Reads the table again on next use: what memory holds may have been rolled back. */
  invalidate(): void {
    this.#entries = undefined;
  }

  #setAlarm(): void {
    const next = Math.min(...[...this.#table.values()].map(({ at }) => at));
    // Not awaited: the write joins the open transaction. A failure resets the object, as with any write.
    void (Number.isFinite(next) ? this.#storage.setAlarm(next) : this.#storage.deleteAlarm());
  }
}

const nameOf = (key: string): string => key.split(":", 1)[0] ?? key;

/** The table's type guarantees a task for every key of this release; the stored keys may be of another. */
const taskOf = (tasks: object, key: string): AlarmTask | undefined =>
  Object.hasOwn(tasks, nameOf(key)) ? (tasks as Record<string, AlarmTask>)[nameOf(key)] : undefined;
