import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { Database, SearchIndex } from "./client.ts";
import type { Statement } from "./json-rows.ts";

const dialect = new SQLiteAsyncDialect();

/**
 * Executes the statements in one transaction; a batch is the only transaction that D1 offers. Drizzle's own `batch` does the same for its
 * query builders, but does not bind the parameters of plain `sql`.
 *
 * @see https://developers.cloudflare.com/d1/worker-api/d1-database/#batch
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
