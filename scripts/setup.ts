import { chmod, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { completeDevVars } from "./support/dev-vars.ts";
import { repositoryRoot } from "./support/paths.ts";
import { captureWrangler } from "./support/wrangler.ts";

const help = `
Prepares this checkout for a local server: makes the keys that .dev.vars lacks (it never changes one that is there)
and applies the migrations of both local D1 databases. Says nothing when there is nothing to do.

Usage: npm run setup -- [options]

  --persist-to DIR   where the local databases live (default .wrangler/state)
  -h, --help         this text
`;

/** Makes what a local server needs and does not have yet. Running it again changes nothing. */
export async function setup(options: { persistTo?: string | undefined } = {}): Promise<void> {
  await addMissingKeys(join(repositoryRoot, ".dev.vars"));
  await applyMigrations("DB", options.persistTo);
  await applyMigrations("SEARCH", options.persistTo);
}

async function addMissingKeys(path: string): Promise<void> {
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const { text, added } = await completeDevVars(before);
  if (added.length === 0) return;
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600); // the mode above is for a new file only
  console.log(`Made ${added.join(" and ")} in ${relative(repositoryRoot, path)}`);
}

async function applyMigrations(binding: "DB" | "SEARCH", persistTo: string | undefined): Promise<void> {
  const where = persistTo ? ["--persist-to", persistTo] : [];
  const { code, output } = await captureWrangler("d1", "migrations", "apply", binding, "--local", ...where);
  if (code !== 0) {
    throw new CommandError(
      `The migrations of ${binding} did not apply:\n\n${output.trim()}`,
      `If the local data may go, remove ${persistTo ?? ".wrangler/state"} and run this again.`,
    );
  }
  const applied = output.match(/^│ \S+\.sql\s+│ ✅/gm)?.length ?? 0;
  if (applied > 0)
    console.log(`Applied ${applied} ${applied === 1 ? "migration" : "migrations"} to ${binding}`);
}

if (import.meta.main) {
  await runCommand(help, async (argv) => {
    const { values } = parseArgs({ args: argv, options: { "persist-to": { type: "string" } } });
    await setup({ persistTo: values["persist-to"] });
  });
}
