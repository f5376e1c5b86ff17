import type { ReaderRow, ReadRow } from "../../domain/member-state-rows.ts";
import type { ReadState } from "../../domain/room-state.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { RevisionCounter } from "../../durable/revisions.ts";
import type { NotificationLevel } from "../../protocol/index.ts";

/** Creates the table. Existing members count as having read everything. */
export const createReaderTable: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE readers (
      user_id TEXT PRIMARY KEY,
      last_read_seq INTEGER NOT NULL,
      level TEXT NOT NULL,
      rev INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX readers_by_rev ON readers (rev);
    CREATE INDEX readers_of_all ON readers (user_id) WHERE level = 'all';
    INSERT INTO readers (user_id, last_read_seq, level, rev)
      SELECT user_id, (SELECT coalesce(max(seq), 0) FROM log), 'mentions', row_number() OVER (ORDER BY user_id) FROM members;
    INSERT INTO revisions (one, rev) SELECT 1, count(*) FROM readers HAVING count(*) > 0;
  `);
};

/** Adds `read_rev`, the revision of the member's last read. Joining the channel and changing the level do not count as a read. */
export const createReadRevisions: Migration = (sql) => {
  sql.exec(`
    ALTER TABLE readers ADD COLUMN read_rev INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX readers_by_read_rev ON readers (read_rev) WHERE read_rev > 0;
  `);
};

/** The table `readers` in the room's SQLite: the read position and the notification level of each member. */
export class ReadStateTable {
  readonly #sql: SqlStorage;
  readonly #revisions: RevisionCounter;
  #levelAll: string[] | undefined;

  constructor(sql: SqlStorage, revisions: RevisionCounter) {
    this.#sql = sql;
    this.#revisions = revisions;
  }

  find(userId: string): ReadState | undefined {
    return this.#sql
      .exec<{ lastReadSeq: number; level: NotificationLevel }>(
        "SELECT last_read_seq AS lastReadSeq, level FROM readers WHERE user_id = ?",
        userId,
      )
      .toArray()[0];
  }

  upsert(userId: string, reading: ReadState): void {
    this.#upsert(userId, reading, false);
  }

  /** Stores the state after the member has read, which also raises `read_rev`. */
  upsertAfterRead(userId: string, reading: ReadState): void {
    this.#upsert(userId, reading, true);
  }

  #upsert(userId: string, { lastReadSeq, level }: ReadState, isRead: boolean): void {
    this.#levelAll = undefined;
    this.#sql.exec(
      `INSERT INTO readers (user_id, last_read_seq, level, rev, read_rev) VALUES (?1, ?2, ?3, ?4, iif(?5, ?4, 0))
       ON CONFLICT (user_id) DO UPDATE SET last_read_seq = excluded.last_read_seq, level = excluded.level, rev = excluded.rev,
         read_rev = max(read_rev, excluded.read_rev)`,
      userId,
      lastReadSeq,
      level,
      this.#revisions.next(),
      isRead ? 1 : 0,
    );
  }

  /** Returns up to `limit` reads after the revision `rev`, in order of revision. */
  readsSince(rev: number, limit: number): ReadRow[] {
    return this.#sql
      .exec<ReadRow>(
        `SELECT 'readPosition' AS kind, user_id AS userId, last_read_seq AS lastReadSeq, read_rev AS rev FROM readers
         WHERE read_rev > 0 AND read_rev > ? ORDER BY read_rev LIMIT ?`,
        rev,
        limit,
      )
      .toArray();
  }

  /** The ids of members whose notification level is `all`. */
  userIdsWithLevelAll(): readonly string[] {
    return (this.#levelAll ??= this.#sql
      .exec<{ id: string }>("SELECT user_id AS id FROM readers WHERE level = 'all'")
      .toArray()
      .map(({ id }) => id));
  }

  /** Reads `userIdsWithLevelAll` again on next use: what memory holds may have been rolled back. */
  clearCache(): void {
    this.#levelAll = undefined;
  }

  /** Returns up to `limit` rows that changed after the revision `rev`, in order of revision. */
  changesSince(rev: number, limit: number): ReaderRow[] {
    return this.#sql
      .exec<ReaderRow>(
        "SELECT 'readState' AS kind, user_id AS userId, last_read_seq AS lastReadSeq, level, rev FROM readers WHERE rev > ? ORDER BY rev LIMIT ?",
        rev,
        limit,
      )
      .toArray();
  }
}
