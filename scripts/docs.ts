import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { errorsDocument } from "../src/features/contract/error-pages.ts";
import { contractFiles } from "./client-contract/contract.ts";
import { clientDocument } from "./client-contract/reference.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";

const help = `
Generates files from src/protocol: docs/errors.md, the reference in docs/client.md, and src/client/contract, the client's plain
types and constants.

Usage: npm run docs -- [options]

  --check      writes nothing; exits with 1 when a file is out of date
  -h, --help   this text
`;

/** Returns the text of each generated file, by its path from the repository's root. */
async function generated(): Promise<Map<string, string>> {
  const files = new Map([
    ["docs/errors.md", errorsDocument()],
    ["docs/client.md", clientDocument()],
  ]);
  for (const [name, text] of await contractFiles()) files.set(`src/client/contract/${name}`, text);
  return files;
}

await runCommand(help, async (argv) => {
  const { values } = parseArgs({ args: argv, options: { check: { type: "boolean", default: false } } });
  for (const [name, text] of await generated()) {
    const path = join(repositoryRoot, name);
    if ((await readIfPresent(path)) === text) continue;
    if (values.check) throw new CommandError(`${name} is out of date.`, "Generate it: npm run docs");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    console.log(`Wrote ${name}`);
  }
});

async function readIfPresent(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
