import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import {
  changedMigrations,
  forbiddenStatements,
  withNewMigrations,
  type Checksums,
  type Migrations,
} from "./support/migration-rules.ts";
import { repositoryRoot } from "./support/paths.ts";
import { schemaDrift } from "./support/schema-drift.ts";

const help = `
Checks the D1 migrations: none drops, renames or rebuilds tables or columns, none that is recorded in migrations/checksums.json was edited
or removed, and together they create the Drizzle schema.

Usage: npm run check:migrations -- [options]

  --update     record new migrations in checksums.json; recorded ones stay unchanged
  -h, --help   this text
`;

const folder = join(repositoryRoot, "migrations");
const checksumsPath = join(folder, "checksums.json");

await runCommand(help, async (argv) => {
  const { values } = parseArgs({ args: argv, options: { update: { type: "boolean" } } });
  const migrations = readMigrations(folder);
  let landed: Checksums = existsSync(checksumsPath) ? JSON.parse(readFileSync(checksumsPath, "utf8")) : {};
  if (values.update) {
    landed = withNewMigrations(migrations, landed);
    writeFileSync(checksumsPath, `${JSON.stringify(landed, null, 2)}\n`);
  }
  const problems = [
    ...forbiddenStatements(migrations),
    ...changedMigrations(migrations, landed),
    ...driftFromSchema(migrations),
  ];
  if (problems.length > 0) {
    throw new CommandError(
      `The migrations violate a rule:\n\n  ${problems.join("\n  ")}`,
      "Migrations only add. To change an applied one, add a new migration: edit src/db/schema, then run npm run generate.",
    );
  }
  console.log(`${migrations.size} migrations follow the rules and create the schema.`);
});

function readMigrations(root: string): Migrations {
  const paths = globSync(["*.sql", "search/*.sql"], { cwd: root }).toSorted();
  return new Map(paths.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8")]));
}

function driftFromSchema(migrations: Migrations): string[] {
  const schema = "src/db/schema/index.ts";
  const kit = join(repositoryRoot, "node_modules/drizzle-kit/bin.cjs");
  const args = [kit, "export", "--dialect", "sqlite", "--schema", schema];
  const run = spawnSync(process.execPath, args, { cwd: repositoryRoot, encoding: "utf8" });
  if (run.status !== 0 || !run.stdout.includes("CREATE TABLE")) {
    return [`drizzle-kit could not read ${schema}:\n${run.stdout}${run.stderr}`];
  }
  const mainMigrations = [...migrations]
    .filter(([path]) => !path.startsWith("search/"))
    .map(([, sql]) => sql);
  return schemaDrift(mainMigrations, run.stdout).map((line) => `${schema}: ${line}`);
}
