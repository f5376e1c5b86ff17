import { and, eq, type SQL, sql } from "drizzle-orm";
import { wordsOf } from "../../text/words.ts";
import { type Database, userWords } from "../../db/index.ts";

const wordsOfNames = (names: readonly string[]): string =>
  JSON.stringify([...new Set(names.flatMap((name) => wordsOf(name).map(({ word }) => word)))]);

/** Builds the statement that inserts a user's search words, for the batch that creates the account. */
export const insertUserWords = (db: Database, userId: string, names: readonly string[]) =>
  db
    .insert(userWords)
    .select(sql`SELECT words.value, ${userId} FROM json_each(${wordsOfNames(names)}) AS words`);

/**
 * Builds the statements that replace a user's search words, for the batch that changes their names.
 *
 * @param condition without which they change nothing
 */
export const replaceUserWords = (
  db: Database,
  userId: string,
  names: readonly string[],
  condition: SQL = sql`1`,
) =>
  [
    db.delete(userWords).where(and(eq(userWords.userId, userId), condition)),
    db.insert(userWords).select(
      sql`SELECT words.value, ${userId} FROM json_each(${wordsOfNames(names)}) AS words
        WHERE EXISTS (SELECT 1 FROM users WHERE id = ${userId}) AND ${condition}`,
    ),
  ] as const;
