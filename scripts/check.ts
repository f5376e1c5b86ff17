import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { exitCodeOf } from "./support/wrangler.ts";

const help = `
Everything that CI checks, quickest first. Stops at the first failure.

Usage: npm run check
`;

/** What each step asks, the npm script that answers, and what to do when the answer is no. */
const steps: { asks: string; script: string; args?: string[]; next: string }[] = [
  { asks: "Is it formatted?", script: "format:check", next: "npm run format" },
  { asks: "Does the linter agree?", script: "lint", next: "npx oxlint --fix mends some of it." },
  { asks: "Do the types fit?", script: "typecheck", next: "npm run typecheck" },
  { asks: "Who imports whom?", script: "check:imports", next: "npm run check:imports" },
  { asks: "Do the migrations only add?", script: "check:migrations", next: "npm run check:migrations" },
  { asks: "Does it build?", script: "deploy", args: ["--dry-run"], next: "npm run deploy -- --dry-run" },
  { asks: "Does it work?", script: "test", next: "npm test, or one file: npx vitest run test/…" },
];

await runCommand(help, async (argv) => {
  parseArgs({ args: argv, options: {} });
  for (const [index, { asks, script, args = [], next }] of steps.entries()) {
    console.log(`\n── ${index + 1}/${steps.length} ${asks} · npm run ${[script, ...args].join(" -- ")}`);
    const startedMs = performance.now();
    const run = spawn("npm", ["run", "--silent", script, "--", ...args], {
      cwd: repositoryRoot,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    if ((await exitCodeOf(run)) !== 0)
      throw new CommandError(`${script} failed, so the check stopped there.`, next);
    console.log(`   yes, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }
  console.log("\nAll is well.");
});
