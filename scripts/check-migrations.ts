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
Checks the D1 migrations: none drops, renames or rebuilds, none that has landed was edited
(migrations/checksums.json remembers), and together they make the Drizzle schema.

Usage: npm run check:migrations -- [options]

  --update     record new migrations in checksums.json; those recorded before stay as they are
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
      `The migrations break a rule:\n\n  ${problems.join("\n  ")}`,
      "Migrations only add. What has landed is mended by a new one: edit src/db/schema, then npm run generate.",
    );
  }
  console.log(`${migrations.size} migrations keep the rules and make the schema`);
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
    return [`${schema} could not be read by drizzle-kit:\n${run.stdout}${run.stderr}`];
  }
  const ofTheRecord = [...migrations].filter(([path]) => !path.startsWith("search/")).map(([, sql]) => sql);
  return schemaDrift(ofTheRecord, run.stdout).map((line) => `${schema}: ${line}`);
}
