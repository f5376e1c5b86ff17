import { type Sql, sql } from "./sql-template.ts";

interface Window {
  /** The oldest document that the search may return. */
  least: number;
  /** The window ends before this document. */
  end: number;
  /** How many messages the window has. */
  width: number;
  /** How many messages the window has if the texts of `width` messages take more than `bytes`. */
  narrow: number;
  bytes: number;
}

/**
 * Builds the statement that finds where a window begins: one row, `start`, a document number. It counts rows of `search_text_docsize`,
 * in which FTS5 has one small row for each message with a text.
 */
export function windowStart({ least, end, width, narrow, bytes }: Window): Sql {
  const at = (count: number): Sql =>
    sql`max(coalesce((SELECT id FROM search_text_docsize WHERE id < ${end} ORDER BY id DESC LIMIT 1 OFFSET ${count - 1}), ${least}), ${least})`;
  return sql`SELECT CASE WHEN ${bytes} >= (
      SELECT total(octet_length(c0) + octet_length(c1) + octet_length(c2)) FROM search_text_content WHERE id >= wide AND id < ${end})
    THEN wide ELSE ${at(narrow)} END AS start FROM (SELECT ${at(width)} AS wide)`;
}
