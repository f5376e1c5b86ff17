import { type Sql, sql } from "./sql-template.ts";

interface Window {
  /** The first document that comes into question at all. */
  least: number;
  /** The window ends before this document. */
  end: number;
  /** Messages that it has, and those that it has if their texts take more than `bytes`. */
  width: number;
  narrow: number;
  bytes: number;
}

/** One row, `start`: the document with which a window begins. FTS5 keeps a small row for each message that has a text. */
export function windowStart({ least, end, width, narrow, bytes }: Window): Sql {
  const at = (count: number): Sql =>
    sql`max(coalesce((SELECT id FROM search_text_docsize WHERE id < ${end} ORDER BY id DESC LIMIT 1 OFFSET ${count - 1}), ${least}), ${least})`;
  return sql`SELECT CASE WHEN ${bytes} >= (
      SELECT total(octet_length(c0) + octet_length(c1) + octet_length(c2)) FROM search_text_content WHERE id >= wide AND id < ${end})
    THEN wide ELSE ${at(narrow)} END AS start FROM (SELECT ${at(width)} AS wide)`;
}
