import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { Database, SearchIndex } from "./client.ts";
import type { Statement } from "./json-rows.ts";

const dialect = new SQLiteAsyncDialect();

/**
 * Carries out all statements in one transaction, or none: the only kind that D1 has. Drizzle's own `batch` does the same for
 * its builders, but can't bind the parameters of plain `sql`.
 */
export async function writeBatch(
  db: Database | SearchIndex,
  statements: readonly Statement[],
): Promise<D1Result[]> {
  const { $client } = db as SearchIndex;
  return $client.batch(
    statements.map((statement) => {
      const { sql, params } = dialect.sqlToQuery(statement.getSQL());
      return $client.prepare(sql).bind(...params);
    }),
  );
}
