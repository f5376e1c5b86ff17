import type { Migration } from "./migrations.ts";

export const createAlarmTable: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE due (key TEXT PRIMARY KEY, at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
  );
};

interface Entry extends Record<string, SqlStorageValue> {
  at: number;
  attempts: number;
}

/** Overdue for longer than the platform's own retries last. */
const lostAfterMs = 300_000;
const recoverMs = 5_000;

/**
 * What is due when. An object has one alarm; it is set to the earliest entry, in the same transaction as the entry.
 * The table is small (a row a kind of work, not a row an event), so it is held in memory as well.
 */
export class AlarmScheduler {
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
    this.#recover();
    return this.#entries;
  }

  /** The platform gives up on an alarm after six deaths in a row: what is long overdue when an object wakes gets one again. */
  #recover(): void {
    const nowMs = Date.now();
    if (this.dueKeys(nowMs - lostAfterMs).length > 0) void this.#storage.setAlarm(nowMs + recoverMs);
  }

  has(key: string): boolean {
    return this.#table.has(key);
  }

  attempts(key: string): number {
    return this.#table.get(key)?.attempts ?? 0;
  }

  /** Puts `key` at `at` (ms since 1970), in the place of an earlier entry of its own. */
  set(key: string, at: number, attempts = 0): void {
    this.#storage.sql.exec(
      "INSERT INTO due (key, at, attempts) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at, attempts = excluded.attempts",
      key,
      at,
      attempts,
    );
    this.#table.set(key, { at, attempts });
    this.#arm();
  }

  clear(key: string): void {
    if (!this.has(key)) return;
    this.#storage.sql.exec("DELETE FROM due WHERE key = ?", key);
    this.#table.delete(key);
    this.#arm();
  }

  /** The keys that are due, earliest first. They stay until they are cleared or set again. */
  dueKeys(nowMs: number): string[] {
    return [...this.#table]
      .filter(([, { at }]) => at <= nowMs)
      .sort(([, a], [, b]) => a.at - b.at)
      .map(([key]) => key);
  }

  /** After an alarm has run: whatever is left gets the next one. */
  arm(): void {
    this.#arm();
  }

  /** What memory holds may have been rolled back: read it again when it is next asked for. */
  invalidate(): void {
    this.#entries = undefined;
  }

  #arm(): void {
    const next = Math.min(...[...this.#table.values()].map(({ at }) => at));
    // Without an await: both join the transaction that is open. A failure resets the object, as with any write.
    void (Number.isFinite(next) ? this.#storage.setAlarm(next) : this.#storage.deleteAlarm());
  }
}
