import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { exitCodeOf } from "./support/wrangler.ts";

const help = `
Runs all checks of CI, the fastest first. Stops at the first failure.

Usage: npm run check
`;

interface Step {
  title: string;
  /** The npm script that it runs. */
  script: string;
  args?: string[];
  /** What to do when the step fails. */
  next: string;
}

const steps: Step[] = [
  { title: "Formatting", script: "format:check", next: "Format the files: npm run format" },
  { title: "Lint", script: "lint", next: "Fix what can be fixed automatically: npx oxlint --fix" },
  { title: "Types", script: "typecheck", next: "Repeat this step: npm run typecheck" },
  { title: "Import rules", script: "check:imports", next: "Repeat this step: npm run check:imports" },
  { title: "Migrations", script: "check:migrations", next: "Repeat this step: npm run check:migrations" },
  {
    title: "Production bundle",
    script: "deploy",
    args: ["--dry-run"],
    next: "Repeat this step: npm run deploy -- --dry-run",
  },
  { title: "Tests", script: "test", next: "Repeat one file: npx vitest run test/…" },
];

await runCommand(help, async (argv) => {
  parseArgs({ args: argv, options: {} });
  for (const [index, { title, script, args = [], next }] of steps.entries()) {
    console.log(`\n── ${index + 1}/${steps.length} ${title} · npm run ${[script, ...args].join(" -- ")}`);
    const startedMs = performance.now();
    const run = spawn("npm", ["run", "--silent", script, "--", ...args], {
      cwd: repositoryRoot,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    if ((await exitCodeOf(run)) !== 0)
      throw new CommandError(`The step “${title}” failed; later steps were not run.`, next);
    console.log(`   passed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }
  console.log("\nAll checks passed.");
});
