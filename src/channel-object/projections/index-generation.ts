import type { Migration } from "../../durable/migrations.ts";

export const createIndexLife: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE index_life (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, goal INTEGER NOT NULL);
    INSERT INTO index_life (one, generation, goal) VALUES (1, 1, 0);
    -- A room from before search begins to be indexed when it next wakes.
    INSERT OR IGNORE INTO due (key, at) SELECT 'search', 1 WHERE EXISTS (SELECT 1 FROM log);
  `);
};

/**
 * Begins a new generation of the index, because the rules by which texts are cut into words have changed: the room writes its
 * messages again when it next wakes. Append such a step to the room's migrations with every change of `core/words.ts` or `core/fold-text.ts`.
 */
export const indexByNewRules: Migration = (sql) => {
  sql.exec(`
    UPDATE index_life SET generation = generation + 1, goal = (SELECT coalesce(max(seq), 0) FROM log) WHERE EXISTS (SELECT 1 FROM log);
    DELETE FROM cursors WHERE sink = 'search';
    INSERT OR IGNORE INTO due (key, at) SELECT 'search', 1 WHERE EXISTS (SELECT 1 FROM log);
  `);
};

/** How often the channel was indexed anew. The room says which generation counts, so that no batch of an older one passes. */
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

  /** Where the log ended when this generation began: what is of an older one then has been written anew, or is nobody's. */
  get goal(): number {
    return this.#row.goal;
  }

  /** Begins a generation after this one, and after `seen`. */
  begin(head: number, seen = 0): void {
    this.#sql.exec("UPDATE index_life SET generation = max(generation, ?) + 1, goal = ?", seen, head);
  }
}
