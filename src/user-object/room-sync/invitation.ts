import type { Migration } from "../../durable/migrations.ts";

/** `channel_ids`: JSON of the channels that are not joined yet; null until the invite was read from D1. */
export const createInvitation: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE invitation (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      invite_id TEXT NOT NULL,
      channel_ids TEXT,
      at INTEGER NOT NULL
    )`);
};

/** The invite with which the user registered. */
export class Invitation {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Stores the invite. Returns false if it was stored before. Call it within a commit. */
  record(inviteId: string, nowMs: number): boolean {
    return (
      this.#sql
        .exec(
          "INSERT OR IGNORE INTO invitation (one, invite_id, at) VALUES (1, ?, ?) RETURNING one",
          inviteId,
          nowMs,
        )
        .toArray().length > 0
    );
  }

  /** Returns the invite, and the channels that are not joined yet; null if they are not known. */
  get current(): { inviteId: string; channelIds: string[] | null; recordedAt: number } | undefined {
    const [row] = this.#sql
      .exec<{ inviteId: string; channelIds: string | null; recordedAt: number }>(
        "SELECT invite_id AS inviteId, channel_ids AS channelIds, at AS recordedAt FROM invitation",
      )
      .toArray();
    return row && { ...row, channelIds: row.channelIds === null ? null : JSON.parse(row.channelIds) };
  }

  /** Stores the channels that are not joined yet. */
  setChannelIds(channelIds: readonly string[]): void {
    this.#sql.exec("UPDATE invitation SET channel_ids = ?", JSON.stringify(channelIds));
  }
}
