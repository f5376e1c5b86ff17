import { DatabaseSync } from "node:sqlite";

/**
 * How the tables that the migrations make differ from those that the schema asks for, a line each. Both run in SQLite
 * and the results are compared, because drizzle-kit compares its own snapshots, which an edited migration leaves as they
 * were, and exits with 0 where it would have asked a question.
 */
export function schemaDrift(migrations: Iterable<string>, schema: string): string[] {
  const made = describe([...migrations].join(";\n"));
  const wanted = describe(schema);
  return [
    ...[...wanted].filter((line) => !made.has(line)).map((line) => `no migration makes: ${line}`),
    ...[...made]
      .filter((line) => !wanted.has(line))
      .map((line) => `a migration makes what the schema lacks: ${line}`),
  ];
}

/** Every column, foreign key and index that the SQL leaves behind, in a form that does not depend on their order. */
function describe(sql: string): Set<string> {
  const db = new DatabaseSync(":memory:");
  db.exec(sql);
  const lines = [
    `SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || iif(c."notnull", ' not null', '')
       || coalesce(' default ' || c.dflt_value, '') || iif(c.pk, ' primary key ' || c.pk, '') AS line
     FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'`,
    `SELECT 'reference ' || t.name || '.' || f."from" || ' to ' || f."table" || '.' || coalesce(f."to", 'rowid')
       || ' on delete ' || f.on_delete AS line
     FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`,
    `SELECT iif(i."unique", 'unique index on ', 'index on ') || t.name || ' ('
       || (SELECT group_concat(coalesce(name, 'expression') || iif("desc", ' desc', ''), ', ')
           FROM pragma_index_xinfo(i.name) WHERE key) || ')'
       || coalesce((SELECT ' ' || substr(sql, instr(lower(sql), ' where ')) FROM sqlite_schema
                    WHERE name = i.name AND i.partial), '') AS line
     FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'`,
  ].flatMap((query) =>
    db
      .prepare(query)
      .all()
      .map((row) => String(row["line"])),
  );
  db.close();
  return new Set(lines);
}
