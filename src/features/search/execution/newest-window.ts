import type { Column, PartitionedClauses } from "../query/match-expression.ts";
import type { TextTerm } from "../query/terms.ts";
import { raw, type Sql, sql } from "./sql-template.ts";

/**
 * For a prefix, FTS5 merges the posting lists of all its words before it returns the first row, also if only the newest 50 messages are
 * needed. If many messages match, reading the stored words of the newest messages finds a page sooner.
 */

/** From how many pages of posting lists on the newest messages are read first: below, FTS5 merges them in less time. */
const minPages = 48;
/** Messages in the window for each page: reading them takes less than half of the time in which FTS5 merges the page. */
const messagesPerPage = 24;
const maxMessages = 4_000;
/** The words of a longer message are not read: FTS5 is asked about that message. So a window of long messages is not expensive. */
const maxBytes = 2_000;

/** Returns the term of a query that consists of one word's prefix; `undefined` for any other query. */
export function onlyPrefix(
  { required, excluded, remaining }: PartitionedClauses,
  column: Column,
): TextTerm | undefined {
  const [terms] = required;
  const [term] = terms ?? [];
  const isOnly = required.length === 1 && terms?.length === 1 && excluded.length + remaining.length === 0;
  return isOnly && column === "words" && term?.prefix && term.words.length === 1 ? term : undefined;
}

/**
 * Builds the row source and the conditions that find the messages of the window with a prefix. The common table `budget` has the number of
 * pages; `d` is the row of `documents`.
 *
 * @param range the document numbers to search; `end` is exclusive
 * @param expression the prefix in FTS5's query syntax
 */
export function windowOfNewest(
  { words: [word = ""] }: TextTerm,
  { least, end }: { least: number; end: number },
  expression: Sql,
): { source: Sql; where: Sql[] } {
  const messages = raw(`(SELECT min(pages * ${messagesPerPage}, ${maxMessages}) FROM budget)`);
  return {
    source: raw("search_text_content AS text CROSS JOIN documents d"),
    where: [
      raw(`(SELECT pages FROM budget) >= ${minPages}`),
      // FTS5 has one small row in `search_text_docsize` for each message with a text.
      sql`text.id >= max(${least}, coalesce((SELECT id FROM search_text_docsize WHERE id < ${end}
        ORDER BY id DESC LIMIT 1 OFFSET ${messages}), ${least}))`,
      sql`text.id < ${end}`,
      sql`CASE WHEN octet_length(text.c0) <= ${raw(String(maxBytes))} THEN instr(' ' || text.c0, ${` ${word}`}) > 0
        ELSE text.id IN (SELECT rowid FROM search_text WHERE search_text MATCH ${expression}) END`,
      raw("d.doc = text.id"),
    ],
  };
}
