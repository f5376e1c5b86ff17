import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, runCommand } from "./support/command.ts";
import { forbiddenImports } from "./support/import-rules.ts";
import { repositoryRoot } from "./support/paths.ts";

const help = `
Checks who imports whom in src/, by the table in scripts/support/import-rules.ts.

Usage: npm run check:imports
`;

await runCommand(help, async () => {
  const paths = globSync("src/**/*.ts", { cwd: repositoryRoot }).map((path) => path.replaceAll("\\", "/"));
  const problems = forbiddenImports(
    new Map(paths.toSorted().map((path) => [path, readFileSync(join(repositoryRoot, path), "utf8")])),
  );
  if (paths.length === 0) problems.push("src/ has no file: nothing was checked");
  if (problems.length > 0) {
    throw new CommandError(
      `Imports that the table does not allow:\n\n  ${problems.join("\n  ")}`,
      "Move the code to where it may be used, or enter a feature by its index.ts. The table: scripts/support/import-rules.ts",
    );
  }
  console.log(`${paths.length} files import only what they may`);
});
