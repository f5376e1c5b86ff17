import { searchIndex } from "../../db/index.ts";
import type { Sql } from "./sql.ts";

/** What a statement returned, and what it took in the database, in milliseconds. */
export interface Ran {
  rows: unknown[];
  ms: number;
}

/** Runs statements one after the other in one call of the database. */
export type RunBatch = (statements: readonly Sql[]) => Promise<Ran[]>;

export const runOn =
  (env: Env): RunBatch =>
  async (statements) => {
    const { $client } = searchIndex(env);
    const prepared = statements.map(({ sql, params }) => $client.prepare(sql).bind(...params));
    const [only] = prepared;
    const results = prepared.length === 1 && only ? [await only.all()] : await $client.batch(prepared);
    return results.map(({ results: rows, meta }) => ({ rows, ms: meta?.duration ?? 0 }));
  };

/** The rows of one statement on the search index. */
export async function rowsOf<Row>(env: Env, statement: Sql): Promise<Row[]> {
  const [ran] = await runOn(env)([statement]);
  return (ran?.rows ?? []) as Row[];
}
