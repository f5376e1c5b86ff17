import type { Migration } from "./migrations.ts";

export const createRevisions: Migration = (sql) => {
  sql.exec("CREATE TABLE revisions (one INTEGER PRIMARY KEY CHECK (one = 1), rev INTEGER NOT NULL)");
};

/**
 * Numbers changes of state that has no events. Each row stores the revision at which it last changed, so that a projection follows the
 * changes by a cursor as it follows a log. A row that changes several times between two batches is projected once.
 */
export class RevisionCounter {
  readonly #sql: SqlStorage;
  #head: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The last revision; 0 before the first. */
  get head(): number {
    return (this.#head ??=
      this.#sql.exec<{ rev: number }>("SELECT rev FROM revisions").toArray()[0]?.rev ?? 0);
  }

  /** Returns the next revision, for a change in the same transaction. */
  next(): number {
    const rev = this.head + 1;
    this.#sql.exec(
      "INSERT INTO revisions (one, rev) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET rev = excluded.rev",
      rev,
    );
    this.#head = rev;
    return rev;
  }

  /** Reads the last revision again on next use: what memory holds may have been rolled back. */
  forget(): void {
    this.#head = undefined;
  }
}
