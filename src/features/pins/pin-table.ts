import type { Migration } from "../../durable/migrations.ts";

/** Creates the table. Who pinned a message, and when, is only in the log and in D1. */
export const createPinTable: Migration = (sql) => {
  sql.exec("CREATE TABLE pins (message_id TEXT PRIMARY KEY) WITHOUT ROWID");
};

/** Adds the index of the log's pin events, which say who pinned a message and when. Other events do not enter it. */
export const createPinEventIndex: Migration = (sql) => {
  sql.exec("CREATE INDEX log_pins ON log (data->>'$.messageId') WHERE type = 'messagePin'");
};

/** A pin as its last event in the log describes it. `at`: milliseconds since 1970. */
export interface StoredPin {
  messageId: string;
  seq: number;
  at: number;
  userId: string;
}

/** The table `pins` in the room's SQLite: the ids of pinned messages, at most `limits.pins`. */
export class PinTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  has(messageId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM pins WHERE message_id = ?", messageId).toArray().length > 0;
  }

  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM pins").one().n;
  }

  /** Returns up to `limit` pins whose event precedes `before`, the newest first. Reads all pins, of which there are at most `limits.pins`. */
  list(before: number, limit: number): StoredPin[] {
    return this.#sql
      .exec<{ [K in keyof StoredPin]: StoredPin[K] }>(
        `SELECT pins.message_id AS messageId, event.seq, event.at, event.data->>'$.userId' AS userId
         FROM pins CROSS JOIN log AS event ON event.seq =
           (SELECT max(seq) FROM log WHERE type = 'messagePin' AND data->>'$.messageId' = pins.message_id)
         WHERE event.seq < ? ORDER BY event.seq DESC LIMIT ?`,
        before,
        limit,
      )
      .toArray();
  }

  insert(messageId: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO pins (message_id) VALUES (?)", messageId);
  }

  delete(messageId: string): void {
    this.#sql.exec("DELETE FROM pins WHERE message_id = ?", messageId);
  }
}
