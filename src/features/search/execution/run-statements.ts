import { searchIndex } from "../../../db/index.ts";
import type { RunBatch, Sql } from "./sql-template.ts";

/**
 * Makes a function that runs statements on the search index (D1 database `SEARCH`): one D1 call for all of them.
 *
 * @throws what D1 throws; `onError` answers it with `unavailable`
 */
export const searchRunner =
  (env: Env): RunBatch =>
  async (statements) => {
    const { $client } = searchIndex(env);
    const prepared = statements.map(({ sql, params }) => $client.prepare(sql).bind(...params));
    const [only] = prepared;
    const results = prepared.length === 1 && only ? [await only.all()] : await $client.batch(prepared);
    return results.map(({ results: rows, meta }) => ({ rows, ms: meta?.duration ?? 0 }));
  };

/** Runs one statement on the search index and returns its rows. */
export async function queryRows<Row>(env: Env, statement: Sql): Promise<Row[]> {
  const [result] = await searchRunner(env)([statement]);
  return (result?.rows ?? []) as Row[];
}
