import type { Migration } from "../../durable/migrations.ts";

/**
 * Creates the tables of retention. `retention`: the channel's own settings. `held_events`: events of messages that were deleted during a legal
 * hold, as they were before. `held_files`: files of such messages, whose deletion waits for the end of the hold.
 */
export const createRetentionTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE retention (one INTEGER PRIMARY KEY CHECK (one = 1), days INTEGER, legal_hold INTEGER NOT NULL);
    CREATE TABLE held_events (
      seq INTEGER PRIMARY KEY,
      message_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      data TEXT NOT NULL
    );
    CREATE TABLE held_files (file_id TEXT PRIMARY KEY, uploader_id TEXT NOT NULL) WITHOUT ROWID`);
};

/** A channel's own settings. `days`: null if the workspace's period applies. */
export interface RetentionSettings {
  days: number | null;
  legalHold: boolean;
}

/** An event of a message that was deleted during a legal hold. `data` is JSON text. */
export type HeldEvent = { seq: number; messageId: string; at: number; type: string; data: string };

/** A file of such a message, and whose hub deletes it. */
export interface HeldFile {
  fileId: string;
  uploaderId: string;
}

/** The settings of retention in the room's SQLite, and what a legal hold keeps. */
export class RetentionTable {
  readonly #sql: SqlStorage;
  #settings: RetentionSettings | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get settings(): RetentionSettings {
    if (!this.#settings) {
      const [row] = this.#sql
        .exec<{ days: number | null; legalHold: number }>(
          "SELECT days, legal_hold AS legalHold FROM retention",
        )
        .toArray();
      this.#settings = { days: row?.days ?? null, legalHold: row?.legalHold === 1 };
    }
    return this.#settings;
  }

  update(settings: RetentionSettings): void {
    this.#sql.exec(
      `INSERT INTO retention (one, days, legal_hold) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET days = excluded.days, legal_hold = excluded.legal_hold`,
      settings.days,
      settings.legalHold ? 1 : 0,
    );
    this.#settings = undefined;
  }

  /** Keeps the events of a message that is about to be deleted, if there is a legal hold. Call it in the transaction of the deletion. */
  keepIfHeld({ id, seq }: { id: string; seq: number }): void {
    if (!this.settings.legalHold) return;
    this.#sql.exec(
      `INSERT OR IGNORE INTO held_events (seq, message_id, at, type, data)
       SELECT seq, ?1, at, type, data FROM log WHERE seq = ?2 UNION ALL SELECT seq, ?1, at, type, data FROM log WHERE subject = ?1`,
      id,
      seq,
    );
  }

  /** Returns kept events after the event `after`, at most `limit`. */
  heldEvents(after: number, limit: number): HeldEvent[] {
    return this.#sql
      .exec<HeldEvent>(
        "SELECT seq, message_id AS messageId, at, type, data FROM held_events WHERE seq > ? ORDER BY seq LIMIT ?",
        after,
        limit,
      )
      .toArray();
  }

  /** Postpones the deletion of files until the hold ends. */
  holdFiles(files: readonly HeldFile[]): void {
    for (const { fileId, uploaderId } of files)
      this.#sql.exec(
        "INSERT OR IGNORE INTO held_files (file_id, uploader_id) VALUES (?, ?)",
        fileId,
        uploaderId,
      );
  }

  /** Returns files whose deletion waits, at most `limit`. */
  heldFiles(limit: number): HeldFile[] {
    return this.#sql
      .exec<{ fileId: string; uploaderId: string }>(
        "SELECT file_id AS fileId, uploader_id AS uploaderId FROM held_files LIMIT ?",
        limit,
      )
      .toArray();
  }

  /** Forgets files that were deleted. */
  releaseFiles(files: readonly { fileId: string }[]): void {
    for (const { fileId } of files) this.#sql.exec("DELETE FROM held_files WHERE file_id = ?", fileId);
  }

  /**
   * Deletes kept events, at most `limit`. They are overwritten first, so that their texts do not stay in free space.
   *
   * @returns whether none is left
   */
  deleteHeldEvents(limit: number): boolean {
    const some = "(SELECT seq FROM held_events ORDER BY seq LIMIT ?)";
    this.#sql.exec(
      `UPDATE held_events SET data = replace(hex(zeroblob(octet_length(data))), '00', ' ') WHERE seq IN ${some}`,
      limit,
    );
    return this.#sql.exec(`DELETE FROM held_events WHERE seq IN ${some}`, limit).rowsWritten < limit;
  }

  /** Clears the cached settings after a transaction was rolled back. */
  clearCache(): void {
    this.#settings = undefined;
  }
}
