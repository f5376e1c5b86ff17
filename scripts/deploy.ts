import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { failpointsIn } from "./support/bundle-rules.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { refuseUnlessDeployable } from "./support/preflight.ts";
import { captureWrangler, runWrangler } from "./support/wrangler.ts";

const help = `
Deploys Parley to production: looks whether the account is ready, applies the migrations of both D1 databases,
builds and checks the bundle, uploads. docs/deploy.md goes from an account to the first deploy.

Usage: npm run deploy -- [options]

  --dry-run    offline: only build the bundle into dist/deploy and check it
  -h, --help   this text

Back to the release before: npx wrangler rollback --env production
`;

const outdir = "dist/deploy";

await runCommand(help, async (argv) => {
  const { values } = parseArgs({ args: argv, options: { "dry-run": { type: "boolean" } } });
  if (!values["dry-run"]) await refuseUnlessDeployable();
  await buildAndCheck();
  if (values["dry-run"]) return;

  // Before the code: a migration only adds, so the release that still runs does not mind, and the new one needs it.
  await must("d1", "migrations", "apply", "DB", "--remote", "--env", "production");
  await must("d1", "migrations", "apply", "SEARCH", "--remote", "--env", "production");
  await must("deploy", "--env", "production");
});

async function buildAndCheck(): Promise<void> {
  const build = await captureWrangler("deploy", "--dry-run", "--outdir", outdir, "--env", "production");
  if (build.code !== 0)
    throw new CommandError(
      `The bundle does not build:\n\n${build.output.trim()}`,
      "Mend it and run this again.",
    );

  const bundle = readFileSync(join(repositoryRoot, outdir, "worker.js"));
  const failpoints = failpointsIn(
    bundle.toString(),
    readFileSync(join(repositoryRoot, "src/core/failpoint.ts"), "utf8"),
  );
  if (failpoints.length > 0) {
    throw new CommandError(
      `The bundle has failpoints:\n\n  ${failpoints.join("\n  ")}`,
      'Every call stands behind `if (__FAILPOINTS__)`, which [env.production.define] sets to "false".',
    );
  }
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`;
  console.log(
    `${outdir}/worker.js: ${kib(bundle.length)}, gzip ${kib(gzipSync(bundle).length)}, no failpoint`,
  );
}

async function must(...args: string[]): Promise<void> {
  const code = await runWrangler(...args);
  if (code !== 0) {
    throw new CommandError(
      `wrangler ${args.join(" ")} ended with ${code}.`,
      "What it says above tells why. Nothing after it ran; npm run deploy takes up where this stopped.",
    );
  }
}
