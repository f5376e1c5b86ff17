import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import * as schema from "./schema/index.ts";

/** D1 with the schema of the main database. */
export type Database = DrizzleD1Database<typeof schema>;

const clients = new WeakMap<D1Database, Database>();

function clientOf(database: D1Database): Database {
  let client = clients.get(database);
  if (!client) clients.set(database, (client = drizzle(database, { schema })));
  return client;
}

/** Returns the database of accounts, channel names and the other tables of which D1 has the primary copy. */
export const accountDatabase = (env: Env): Database => clientOf(env.DB);

/** Returns the database of a channel's projected tables. Only this function chooses it, so that channels can be distributed over several. */
export const channelDatabase = (env: Env, _channelId: string): Database => clientOf(env.DB);

/** D1 with the search index. Its FTS5 tables are created and queried by SQL; Drizzle has no schema for them. */
export type SearchIndex = DrizzleD1Database<Record<string, never>> & { $client: D1Database };

const indexes = new WeakMap<D1Database, SearchIndex>();

/** Returns the database of the search index. Only this function chooses it. */
export function searchIndex({ SEARCH }: Env): SearchIndex {
  let index = indexes.get(SEARCH);
  if (!index) indexes.set(SEARCH, (index = drizzle(SEARCH)));
  return index;
}

/** Returns the messages of an error and its causes: Drizzle wraps D1's error, whose text names the violated constraint. */
export function databaseErrorText(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error && parts.length < 4; at = at.cause)
    parts.push(at.message);
  return parts.join(" · ");
}

/**
 * Whether a write failed because a unique key exists already.
 *
 * @param column the column of that key, as `table.column`; absent: any
 */
export function isUniqueViolation(error: unknown, column?: string): boolean {
  const text = databaseErrorText(error);
  return text.includes("UNIQUE constraint failed") && (column === undefined || text.includes(column));
}
