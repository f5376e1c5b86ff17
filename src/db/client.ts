import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import * as schema from "./schema/index.ts";

export type Database = DrizzleD1Database<typeof schema>;

const clients = new WeakMap<D1Database, Database>();

function clientOf(database: D1Database): Database {
  let client = clients.get(database);
  if (!client) clients.set(database, (client = drizzle(database, { schema })));
  return client;
}

/** The database of accounts, names and other tables that are primary. */
export const accountDatabase = (env: Env): Database => clientOf(env.DB);

/** The database that holds a channel's record: the only place that picks one, so that channels can be spread over several. */
export const channelDatabase = (env: Env, _channelId: string): Database => clientOf(env.DB);

/** The search index: the only place that picks its database. Its tables are known to SQL alone. */
export type SearchIndex = DrizzleD1Database<Record<string, never>> & { $client: D1Database };

const indexes = new WeakMap<D1Database, SearchIndex>();

export function searchIndex({ SEARCH }: Env): SearchIndex {
  let index = indexes.get(SEARCH);
  if (!index) indexes.set(SEARCH, (index = drizzle(SEARCH)));
  return index;
}

/** The text of a constraint or of D1's own refusal, wherever the layers put it. */
export function databaseErrorText(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error && parts.length < 4; at = at.cause)
    parts.push(at.message);
  return parts.join(" · ");
}

/** Whether a write was refused because a unique key is taken; `column` as `table.column`. */
export function isUniqueViolation(error: unknown, column?: string): boolean {
  const text = databaseErrorText(error);
  return text.includes("UNIQUE constraint failed") && (column === undefined || text.includes(column));
}
