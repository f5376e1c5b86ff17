import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { errorsDocument } from "../src/features/contract/error-page.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";

const help = `
Writes the documents that are made from the code: docs/errors.md, from src/protocol/errors.ts.

Usage: npm run docs -- [options]

  --check      writes nothing; exits with 1 when a document is stale
  -h, --help   this text
`;

const documents: Record<string, () => string> = { "docs/errors.md": errorsDocument };

await runCommand(help, async (argv) => {
  const { values } = parseArgs({ args: argv, options: { check: { type: "boolean", default: false } } });
  for (const [name, make] of Object.entries(documents)) {
    const path = join(repositoryRoot, name);
    const text = make();
    if ((await readIfThere(path)) === text) continue;
    if (values.check) throw new CommandError(`${name} is stale.`, "npm run docs");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    console.log(`Wrote ${name}`);
  }
});

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
