import type { Migration } from "../../durable/migrations.ts";

export const createIndexGeneration: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE index_life (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, goal INTEGER NOT NULL);
    INSERT INTO index_life (one, generation, goal) VALUES (1, 1, 0);
    -- A room created before there was a search index is indexed after its next start.
    INSERT OR IGNORE INTO due (key, at) SELECT 'search', 1 WHERE EXISTS (SELECT 1 FROM log);
  `);
};

/**
 * Begins a new generation of the index because the rules that split texts into words have changed. The room indexes its messages
 * again after its next start. Append this step to the room's migrations with every change of `text/words.ts` or `text/fold-text.ts`.
 */
export const reindexByNewRules: Migration = (sql) => {
  sql.exec(`
    UPDATE index_life SET generation = generation + 1, goal = (SELECT coalesce(max(seq), 0) FROM log) WHERE EXISTS (SELECT 1 FROM log);
    DELETE FROM cursors WHERE sink = 'search';
    INSERT OR IGNORE INTO due (key, at) SELECT 'search', 1 WHERE EXISTS (SELECT 1 FROM log);
  `);
};

/**
 * The number of the channel's current index. Every reindexing begins a new generation, and each row of the index carries the
 * generation that wrote it. The number is part of the fence, so a delayed batch of an older generation is rejected. The rows of
 * the older generation stay searchable until the log up to `goal` is indexed again; then they are stale and are deleted.
 */
export class IndexGeneration {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get #row(): { generation: number; goal: number } {
    return this.#sql
      .exec<{ generation: number; goal: number }>("SELECT generation, goal FROM index_life")
      .one();
  }

  get generation(): number {
    return this.#row.generation;
  }

  /** The log's head when this generation began: once the index has reached it, rows of older generations are stale. */
  get goal(): number {
    return this.#row.goal;
  }

  /**
   * Begins a generation that is higher than this one.
   *
   * @param seen a generation found in the index, which the new one exceeds as well
   */
  begin(head: number, seen = 0): void {
    this.#sql.exec("UPDATE index_life SET generation = max(generation, ?) + 1, goal = ?", seen, head);
  }
}
