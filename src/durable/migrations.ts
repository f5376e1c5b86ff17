/** One step of an object's schema. Additive, so that the previous release still runs on it; never edited after a release. */
export type Migration = (sql: SqlStorage) => void;

/** Returns whether the object has no schema yet. Creates nothing. */
export const isBlank = (sql: SqlStorage): boolean => !hasTable(sql, "migrations");

/** Returns whether the object has a table of this name. Creates nothing. */
export const hasTable = (sql: SqlStorage, name: string): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", name).toArray().length > 0;

/**
 * Migrates an object's SQLite to the newest schema, in one transaction: if the process dies, none of the steps was applied. A schema of a
 * later release is left as it is.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  const { sql } = storage;
  const version = isBlank(sql)
    ? 0
    : Number(sql.exec<{ version: number }>("SELECT max(version) AS version FROM migrations").one().version);
  if (version >= migrations.length) return;
  storage.transactionSync(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
    migrations.slice(version).forEach((step, index) => {
      step(sql);
      sql.exec("INSERT INTO migrations (version) VALUES (?)", version + index + 1);
    });
  });
}
