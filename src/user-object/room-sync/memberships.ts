import type { Migration } from "../../durable/migrations.ts";

export const createMemberships: Migration = (sql) => {
  sql.exec("CREATE TABLE memberships (channel_id TEXT PRIMARY KEY) WITHOUT ROWID");
};

/** The channels that the user is a member of, as their rooms last reported. Call `set` within a commit. */
export class Memberships {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM memberships").one().n;
  }

  has(channelId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM memberships WHERE channel_id = ?", channelId).toArray().length > 0;
  }

  set(channelId: string, isMember: boolean): void {
    this.#sql.exec(
      isMember
        ? "INSERT OR IGNORE INTO memberships (channel_id) VALUES (?)"
        : "DELETE FROM memberships WHERE channel_id = ?",
      channelId,
    );
  }
}
