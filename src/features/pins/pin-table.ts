import type { Migration } from "../../durable/migrations.ts";

/** Creates the table. Who pinned a message, and when, is only in the log and in D1. */
export const createPinTable: Migration = (sql) => {
  sql.exec("CREATE TABLE pins (message_id TEXT PRIMARY KEY) WITHOUT ROWID");
};

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

  insert(messageId: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO pins (message_id) VALUES (?)", messageId);
  }

  delete(messageId: string): void {
    this.#sql.exec("DELETE FROM pins WHERE message_id = ?", messageId);
  }
}
