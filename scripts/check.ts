import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { exitCodeOf } from "./support/wrangler.ts";

const help = `
Runs all checks of CI: first the static ones, at the same time, then the tests.

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

const staticChecks: Step[] = [
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
];

const tests: Step = { title: "Tests", script: "test", next: "Repeat one file: npx vitest run test/…" };

await runCommand(help, async (argv) => {
  parseArgs({ args: argv, options: {} });
  const failed = (await Promise.all(staticChecks.map((step) => run(step, "pipe")))).flat();
  if (failed.length > 0)
    throw new CommandError(
      `${failed.length === 1 ? "This check" : "These checks"} failed: ${failed.map(({ title }) => title).join(", ")}. The tests were not run.`,
      failed.map(({ next }) => next).join("\n"),
    );
  if ((await run(tests, "inherit")).length > 0) throw new CommandError("The tests failed.", tests.next);
  console.log("\nAll checks passed.");
});

/**
 * Runs a step and returns it if it fails. With `pipe` its output is printed when it ends, so that steps which run at the same time
 * do not mix theirs.
 */
async function run(step: Step, output: "pipe" | "inherit"): Promise<Step[]> {
  const { title, script, args = [] } = step;
  const heading = `\n── ${title} · npm run ${[script, ...args].join(" -- ")}`;
  if (output === "inherit") console.log(heading);
  const startedMs = performance.now();
  const child = spawn("npm", ["run", "--silent", script, "--", ...args], {
    cwd: repositoryRoot,
    stdio: ["inherit", output, output],
    shell: process.platform === "win32",
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => void chunks.push(chunk));
  const isPassed = (await exitCodeOf(child)) === 0;
  if (output === "pipe") {
    console.log(heading);
    process.stdout.write(Buffer.concat(chunks));
  }
  console.log(
    `   ${isPassed ? "passed" : "failed"} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  return isPassed ? [] : [step];
}
