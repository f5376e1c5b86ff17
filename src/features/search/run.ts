import { searchIndex } from "../../db/index.ts";
import type { Sql } from "./sql.ts";

/** What the index answers. */
export async function rowsOf<Row>(env: Env, { sql, params }: Sql): Promise<Row[]> {
  const { results } = await searchIndex(env)
    .$client.prepare(sql)
    .bind(...params)
    .all<Row>();
  return results;
}
