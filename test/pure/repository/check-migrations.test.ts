import { describe, expect, test } from "vitest";
import {
  changedMigrations,
  forbiddenStatements,
  withNewMigrations,
} from "../../../scripts/support/migration-rules.ts";
import { schemaDrift } from "../../../scripts/support/schema-drift.ts";

const one = (sql: string) => new Map([["0001_next.sql", sql]]);

describe("forbidden statements", () => {
  test.each([
    ["DROP TABLE `users`;", "drops a table"],
    ["drop\n table if exists users;", "drops a table"],
    ["ALTER TABLE `users` DROP COLUMN `name`;", "drops a column"],
    ["ALTER TABLE `a` RENAME TO `b`;", "renames"],
    ["ALTER TABLE `a` RENAME COLUMN `x` TO `y`;", "renames"],
    ["CREATE TABLE `__new_users` (`id` text);", "rebuilds"],
    [
      "CREATE TABLE t (u text REFERENCES users(id) ON UPDATE no action ON DELETE cascade);",
      "has ON DELETE CASCADE",
    ],
  ])("%s", (sql, because) => {
    expect(forbiddenStatements(one(sql))).toEqual([expect.stringContaining(`0001_next.sql ${because}`)]);
  });

  test("tables, columns, indexes and triggers may be added; comments are ignored", () => {
    const sql = `-- no DROP TABLE here\n/* nor ON DELETE\n CASCADE */
      CREATE TABLE t (id text); ALTER TABLE t ADD n integer; CREATE INDEX i ON t (n); DROP INDEX i;`;
    expect(forbiddenStatements(one(sql))).toEqual([]);
  });
});

describe("recorded migrations", () => {
  const first = new Map([["0000_init.sql", "CREATE TABLE a (id text);"]]);
  const landed = withNewMigrations(first, {});

  test("an unchanged one passes", () => {
    expect(changedMigrations(first, landed)).toEqual([]);
  });

  test("an edited one is rejected, also by --update", () => {
    const edited = new Map([["0000_init.sql", "CREATE TABLE a (id integer);"]]);
    expect(changedMigrations(edited, landed)).toEqual([expect.stringContaining("was edited")]);
    expect(changedMigrations(edited, withNewMigrations(edited, landed))).toEqual([
      expect.stringContaining("was edited"),
    ]);
  });

  test("a removed one is rejected, also by --update", () => {
    expect(changedMigrations(new Map(), landed)).toEqual([expect.stringContaining("was removed")]);
    expect(changedMigrations(new Map(), withNewMigrations(new Map(), landed))).toHaveLength(1);
  });

  test("a new one is rejected until it is recorded", () => {
    const both = new Map([...first, ["search/0000_index.sql", "CREATE TABLE b (id text);"]]);
    expect(changedMigrations(both, landed)).toEqual([
      expect.stringContaining("search/0000_index.sql is not in"),
    ]);
    expect(changedMigrations(both, withNewMigrations(both, landed))).toEqual([]);
  });
});

describe("schema and migrations", () => {
  const wanted = `CREATE TABLE u (id text PRIMARY KEY NOT NULL); CREATE TABLE t (id text, u text REFERENCES u(id), n integer DEFAULT 1 NOT NULL);
    CREATE UNIQUE INDEX i ON t (id, n DESC) WHERE n > 1;`;

  test("an equal schema by other statements is equal", () => {
    const migrations = [
      "CREATE TABLE t (id text, n integer DEFAULT 1 NOT NULL)",
      "CREATE TABLE u (id text PRIMARY KEY NOT NULL); ALTER TABLE t ADD u text REFERENCES u(id);",
      "CREATE UNIQUE INDEX i ON t (id, n DESC) WHERE n > 1;",
    ];
    expect(schemaDrift(migrations, wanted)).toEqual([]);
  });

  test.each([
    [
      "a column less",
      (sql: string) => sql.replace(", n integer DEFAULT 1 NOT NULL", "").replace(/n DESC.*/, "id)"),
      "no migration creates: column t.n",
    ],
    [
      "another type",
      (sql: string) => sql.replace("n integer", "n real"),
      "no migration creates: column t.n INTEGER",
    ],
    [
      "another default",
      (sql: string) => sql.replace("DEFAULT 1", "DEFAULT 2"),
      "no migration creates: column t.n",
    ],
    ["nullable", (sql: string) => sql.replace("1 NOT NULL", "1"), "no migration creates: column t.n"],
    [
      "no reference",
      (sql: string) => sql.replace("REFERENCES u(id)", ""),
      "no migration creates: reference t.u",
    ],
    ["not unique", (sql: string) => sql.replace("UNIQUE", ""), "no migration creates: unique index on t"],
    ["another order", (sql: string) => sql.replace("n DESC", "n"), "no migration creates: unique index on t"],
    [
      "another filter",
      (sql: string) => sql.replace("n > 1", "n > 2"),
      "no migration creates: unique index on t",
    ],
    ["a table more", (sql: string) => `${sql} CREATE TABLE x (id text);`, "the schema lacks: column x.id"],
  ])("%s is reported", (_, change, reported) => {
    expect(schemaDrift([change(wanted)], wanted).join("\n")).toContain(reported);
  });
});
