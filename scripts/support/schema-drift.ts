import { DatabaseSync } from "node:sqlite";

/**
 * Compares the tables that the migrations create with those of the schema, by running both in SQLite. drizzle-kit is no substitute: it
 * compares its own snapshots, which do not change when a migration is edited, and exits with 0 where it would have to ask a question.
 *
 * @param schema - the SQL that creates the schema
 * @returns the differences as text
 */
export function schemaDrift(migrations: Iterable<string>, schema: string): string[] {
  const made = describe([...migrations].join(";\n"));
  const wanted = describe(schema);
  return [
    ...[...wanted].filter((line) => !made.has(line)).map((line) => `no migration creates: ${line}`),
    ...[...made]
      .filter((line) => !wanted.has(line))
      .map((line) => `a migration creates, but the schema lacks: ${line}`),
  ];
}

/** Returns a line for every column, foreign key and index that the SQL creates, independent of their order. */
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
