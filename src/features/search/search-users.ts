import { eq, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { type Database, users, userWords } from "../../db/index.ts";
import type { searchUsers as endpoint, User } from "../../protocol/index.ts";
import type { Reader } from "../../domain/actor.ts";
import { isVisibleTo, presentUser } from "../users/index.ts";
import { partitionClauses } from "./query/match-expression.ts";
import { parseNameQuery } from "./query/parse.ts";

type Query = z.output<typeof endpoint.query>;

/** Where a page ended: the word by which its last user was found, and that user's id. */
const CursorKey = z.tuple([z.string(), z.string()]);
type CursorKey = z.infer<typeof CursorKey>;

/**
 * Finds a page of users. For each word of the query, a word of the user's names must begin with it. Users are ordered by the word that
 * begins with the query's longest word. Suspended users are found too, as in the directory; guests find the users that they may see.
 *
 * @throws `validation_failed` for more than 50 terms or an unknown cursor
 */
export async function searchUsers(
  db: Database,
  reader: Reader,
  { q, limit, cursor }: Query,
): Promise<{ items: User[]; nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, CursorKey);
  const words = partitionClauses(parseNameQuery(q))
    .required.flat()
    .flatMap((term) => term.words);
  const [longest, ...others] = [...new Set(words)].sort((a, b) => b.length - a.length);
  if (longest === undefined) return { items: [], nextCursor: null };
  const rows = await usersQuery(db, longest, others, limit + 1, reader, after);
  return toPage(
    rows,
    limit,
    ({ user }) => presentUser(user),
    ({ word, user }) => [word, user.id],
  );
}

const startsWith = (word: SQL, beginning: SQL): SQL =>
  sql`${word} >= ${beginning} AND ${word} < ${beginning} || char(1114111)`;

/** Builds the statement: it finds each user by the first of their words that begins with `longest`, in index order, so nothing is sorted. */
export const usersQuery = (
  db: Database,
  longest: string,
  others: readonly string[],
  limit: number,
  reader: Reader,
  after?: CursorKey,
) =>
  db
    .select({ word: userWords.word, user: users })
    .from(userWords)
    .crossJoin(users)
    .where(
      sql`${startsWith(sql`${userWords.word}`, sql`${longest}`)}
        AND ${after ? sql`(${userWords.word}, ${userWords.userId}) > (${after[0]}, ${after[1]})` : sql`TRUE`}
        AND ${eq(users.id, userWords.userId)}
        AND ${isVisibleTo(reader, sql`${users.id}`) ?? sql`TRUE`}
        AND NOT EXISTS (SELECT 1 FROM user_words AS earlier WHERE earlier.user_id = ${userWords.userId}
          AND earlier.word >= ${longest} AND earlier.word < ${userWords.word})
        AND NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(others)}) AS prefix WHERE NOT EXISTS (
          SELECT 1 FROM user_words AS own WHERE own.user_id = ${userWords.userId}
            AND ${startsWith(sql`own.word`, sql`prefix.value`)}))`,
    )
    .orderBy(userWords.word, userWords.userId)
    .limit(limit);
