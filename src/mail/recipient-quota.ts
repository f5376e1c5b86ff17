import type { Migration } from "../durable/migrations.ts";
import { hourMs } from "../domain/usage-budget.ts";

export const createRecipients: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE recipients (key TEXT NOT NULL, at INTEGER NOT NULL);
    CREATE INDEX recipients_by_key ON recipients (key, at);
    CREATE INDEX recipients_by_time ON recipients (at)`);
};

/** Counts the mails to each address within an hour, exactly. Keys are MACs, so that the storage contains no address. */
export class RecipientQuota {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Returns whether the address may receive one more mail, and counts it. */
  spend(key: string, limit: number, nowMs: number): boolean {
    this.#sql.exec("DELETE FROM recipients WHERE at <= ?", nowMs - hourMs);
    const { n } = this.#sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM recipients WHERE key = ?", key)
      .one();
    if (n >= limit) return false;
    this.#sql.exec("INSERT INTO recipients (key, at) VALUES (?, ?)", key, nowMs);
    return true;
  }
}
