import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { exitCodeOf } from "./support/wrangler.ts";

const help = `
Tries to break the promises of SECURITY.md, and prints one table of what was tried: every endpoint and command by every kind of caller, forged
tokens, generated inputs, races for single-use secrets, guesses, timing, and revocation over TCP. Takes about 20 minutes.

Usage: npm run security [-- --quick] [-- --write]

Options:
  --quick   Try less, in about 3 minutes, as CI does
  --write   Write docs/access-matrix.md anew; review the difference. Not with --quick, which tries a part of it
`;

await runCommand(help, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: { quick: { type: "boolean" }, write: { type: "boolean" } },
  });
  if (values.quick && values.write)
    throw new CommandError("A quick run does not try the whole matrix.", "Leave out --quick, or --write.");
  const child = spawn(
    "npx",
    [
      "vitest",
      "run",
      "--reporter=default",
      "--reporter=./test/support/security-report.ts",
      "test/worker/security",
      "test/worker/channels/permissions.test.ts",
      "test/worker/channels/secrecy-transports.test.ts",
      "test/e2e/revocation.test.ts",
      "test/e2e/response-timing.test.ts",
      "test/e2e/login-timing.test.ts",
    ],
    {
      cwd: repositoryRoot,
      stdio: "inherit",
      shell: process.platform === "win32",
      env: {
        ...process.env,
        ...(values.quick ? {} : { SECURITY_SCALE: "full", TIMING_PAIRS: "1000" }),
        ...(values.write && { SECURITY_WRITE: "yes" }),
      },
    },
  );
  if ((await exitCodeOf(child)) !== 0)
    throw new CommandError(
      "Some promises do not hold.",
      "The lines above name each attempt that had another outcome.",
    );
});
