import { eq, sql } from "drizzle-orm";
import { wordsOf } from "../../text/words.ts";
import { type Database, userWords } from "../../db/index.ts";

const wordsOfNames = (names: readonly string[]): string =>
  JSON.stringify([...new Set(names.flatMap((name) => wordsOf(name).map(({ word }) => word)))]);

/** Builds the statement that inserts a user's search words, for the batch that creates the account. */
export const insertUserWords = (db: Database, userId: string, names: readonly string[]) =>
  db
    .insert(userWords)
    .select(sql`SELECT words.value, ${userId} FROM json_each(${wordsOfNames(names)}) AS words`);

/** Builds the statements that replace a user's search words, for the batch that changes their names. */
export const replaceUserWords = (db: Database, userId: string, names: readonly string[]) =>
  [
    db.delete(userWords).where(eq(userWords.userId, userId)),
    db.insert(userWords).select(
      sql`SELECT words.value, ${userId} FROM json_each(${wordsOfNames(names)}) AS words
        WHERE EXISTS (SELECT 1 FROM users WHERE id = ${userId})`,
    ),
  ] as const;
