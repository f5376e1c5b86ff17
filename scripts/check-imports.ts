import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, runCommand } from "./support/command.ts";
import { forbiddenImports } from "./support/import-rules.ts";
import { repositoryRoot } from "./support/paths.ts";

const help = `
Checks that files in src/ import only what the table in scripts/support/import-rules.ts allows.

Usage: npm run check:imports
`;

await runCommand(help, async () => {
  const paths = globSync("src/**/*.ts", { cwd: repositoryRoot }).map((path) => path.replaceAll("\\", "/"));
  const problems = forbiddenImports(
    new Map(paths.toSorted().map((path) => [path, readFileSync(join(repositoryRoot, path), "utf8")])),
  );
  if (paths.length === 0) problems.push("src/ has no file, so nothing was checked");
  if (problems.length > 0) {
    throw new CommandError(
      `These imports are not allowed:\n\n  ${problems.join("\n  ")}`,
      "Move the code to a part that may be imported, or import the feature's index.ts. The table: scripts/support/import-rules.ts",
    );
  }
  console.log(`The imports of ${paths.length} files are allowed.`);
});
