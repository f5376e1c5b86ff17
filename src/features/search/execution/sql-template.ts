/** A statement for D1 or a part of one, with a `?` for each parameter, in order. */
export interface Sql {
  sql: string;
  params: (string | number)[];
}

/** Builds SQL from a template: `sql\`a = ${part}\``. Strings and integers become parameters; an `Sql` is inserted as it is. */
export function sql(texts: TemplateStringsArray, ...values: (Sql | string | number)[]): Sql {
  const params: Sql["params"] = [];
  let text = texts[0] ?? "";
  values.forEach((value, at) => {
    const isPart = typeof value === "object";
    // D1 binds every number as REAL, and FTS5 ignores a REAL as a bound of `rowid`.
    text += isPart ? value.sql : typeof value === "number" ? "CAST(? AS INTEGER)" : "?";
    params.push(...(isPart ? value.params : [value]));
    text += texts[at + 1] ?? "";
  });
  return { sql: text, params };
}

/** Makes a part without parameters. Never pass text from a client: it is not escaped. */
export const raw = (text: string): Sql => ({ sql: text, params: [] });
/** Joins parts with a separator, as `Array.join` does. */
export const join = (parts: readonly Sql[], by: string): Sql => ({
  sql: parts.map((part) => part.sql).join(by),
  params: parts.flatMap((part) => part.params),
});

export interface StatementResult {
  rows: unknown[];
  /** How long the statement ran in the database, in milliseconds. */
  ms: number;
}

/** Runs statements one after the other, in one call of the database. */
export type RunBatch = (statements: readonly Sql[]) => Promise<StatementResult[]>;
