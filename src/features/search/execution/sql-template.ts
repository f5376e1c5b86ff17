/** A statement for D1, whose parameters are `?` in order; or a part of one. */
export interface Sql {
  sql: string;
  params: (string | number)[];
}

/** Puts parts into a text: `sql\`a = ${part}\``. Strings and whole numbers become parameters. */
export function sql(texts: TemplateStringsArray, ...values: (Sql | string | number)[]): Sql {
  const params: Sql["params"] = [];
  let text = texts[0] ?? "";
  values.forEach((value, at) => {
    const isPart = typeof value === "object";
    // D1 binds every number as a real one, which FTS5 takes for no bound of rows.
    text += isPart ? value.sql : typeof value === "number" ? "CAST(? AS INTEGER)" : "?";
    params.push(...(isPart ? value.params : [value]));
    text += texts[at + 1] ?? "";
  });
  return { sql: text, params };
}

/** A part without parameters. Never of what a user typed. */
export const raw = (text: string): Sql => ({ sql: text, params: [] });
export const join = (parts: readonly Sql[], by: string): Sql => ({
  sql: parts.map((part) => part.sql).join(by),
  params: parts.flatMap((part) => part.params),
});

/** What a statement returned, and what it took in the database, in milliseconds. */
export interface StatementResult {
  rows: unknown[];
  ms: number;
}

/** Runs statements one after the other in one call of the database. */
export type RunBatch = (statements: readonly Sql[]) => Promise<StatementResult[]>;
