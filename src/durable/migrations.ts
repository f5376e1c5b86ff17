/** One step of an object's schema: additive, never edited once released, so that the release before still runs on it. */
export type Migration = (sql: SqlStorage) => void;

/** Whether the object holds anything; asking creates nothing. */
export function isBlank(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray().length === 0;
}

/** Brings an object's SQLite to the newest schema, in one transaction. A schema from a later release is left as it is. */
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
