import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { completeDevVars } from "./support/dev-vars.ts";
import { applyLocalMigrations } from "./support/local-migrations.ts";
import { repositoryRoot, webDirectory } from "./support/paths.ts";

const help = `
Prepares this checkout for a local server: adds missing keys to .dev.vars, without changing existing ones, and applies missing
migrations to the local D1 databases, and builds the web client if it was never built. Prints nothing if there is nothing to do.

Usage: npm run setup -- [options]

  --persist-to DIR   directory of the local databases (default .wrangler/state)
  -h, --help         this text
`;

/**
 * Creates missing keys and applies missing migrations for a local server. Idempotent.
 *
 * @throws CommandError if a migration fails
 */
export async function setup({ persistTo }: { persistTo?: string | undefined } = {}): Promise<void> {
  await addMissingKeys(join(repositoryRoot, ".dev.vars"));
  await applyMigrations(resolve(repositoryRoot, persistTo ?? ".wrangler/state"));
}

async function addMissingKeys(path: string): Promise<void> {
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const { text, added } = await completeDevVars(before);
  if (added.length === 0) return;
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600); // `mode` above applies only to a new file
  console.log(`Added ${added.join(" and ")} to ${relative(repositoryRoot, path)}`);
}

async function applyMigrations(stateDirectory: string): Promise<void> {
  const applied = await applyLocalMigrations(stateDirectory).catch((error: unknown) => {
    throw new CommandError(
      `A migration failed:\n\n${error instanceof Error ? error.message : String(error)}`,
      `If you do not need the local data, remove ${stateDirectory} and run npm run setup again.`,
    );
  });
  for (const [binding, count] of Object.entries(applied))
    if (count > 0) console.log(`Applied ${count} ${count === 1 ? "migration" : "migrations"} to ${binding}`);
}

if (import.meta.main) {
  await runCommand(help, async (argv) => {
    const { values } = parseArgs({ args: argv, options: { "persist-to": { type: "string" } } });
    await setup({ persistTo: values["persist-to"] });
    // `npx wrangler dev` serves it. `npm run dev` builds its own.
    if (existsSync(join(webDirectory, "index.html"))) return;
    const { buildWeb } = await import("./support/web-bundle.ts");
    await buildWeb();
  });
}
