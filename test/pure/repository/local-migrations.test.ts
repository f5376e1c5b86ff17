import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig, unstable_splitSqlQuery as splitSqlQuery } from "wrangler";
import { localDatabases, statementsOf } from "../../../scripts/support/local-migrations.ts";
import { repositoryRoot } from "../../../scripts/support/paths.ts";

/** The used part of wrangler's configuration; wrangler's own type for it is `any`. */
interface LocalConfig {
  d1_databases: { binding: string; database_id?: string; migrations_dir?: string }[];
}

test("local migrations use the databases and folders of wrangler.toml", () => {
  const { d1_databases }: LocalConfig = readConfig({ config: join(repositoryRoot, "wrangler.toml") });
  const configured = d1_databases.map(({ binding, database_id: id, migrations_dir: folder }) => [
    binding,
    { id, folder },
  ]);
  expect(localDatabases).toEqual(Object.fromEntries(configured));
});

test.each(Object.values(localDatabases))(
  "local migrations of $folder are split into the statements that wrangler finds",
  ({ folder }) => {
    const files = readdirSync(join(repositoryRoot, folder)).filter((name) => name.endsWith(".sql"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const sql = readFileSync(join(repositoryRoot, folder, file), "utf8");
      expect([file, statementsOf(sql).map(withoutComments)]).toEqual([
        file,
        splitSqlQuery(sql).map(withoutComments),
      ]);
    }
  },
);

const withoutComments = (statement: string): string =>
  statement
    .replaceAll(/^--.*$/gm, "")
    .replaceAll(/[\s;]+/g, " ")
    .trim();
