import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { failpointsIn } from "./support/bundle-rules.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { productionConfig, requireDeployable, requireLogin } from "./support/preflight.ts";
import {
  databaseIdIn,
  requireOneJurisdiction,
  resourcesToCreate,
  withDatabaseId,
} from "./support/provision.ts";
import { captureWrangler, runWrangler } from "./support/wrangler.ts";

const help = `
Deploys Parley to production: checks that the account is ready, applies the migrations of both D1 databases, builds and
checks the bundle, uploads. docs/deploy.md goes from an account to the first deploy.

Usage: npm run deploy -- [options]

  --create     only create the databases and the bucket that wrangler.toml names, where its JURISDICTION or
               LOCATION_HINT says, and write the databases' ids into it
  --dry-run    offline: only build the bundle into dist/deploy and check it
  -h, --help   this text

To return to the previous release: npx wrangler rollback --env production
`;

const outdir = "dist/deploy";

await runCommand(help, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: { create: { type: "boolean" }, "dry-run": { type: "boolean" } },
  });
  if (values.create) return create();
  if (!values["dry-run"]) await requireDeployable();
  await buildAndCheck();
  if (values["dry-run"]) return;

  // Before the code: a migration only adds, so the release that still runs does not mind, and the new one needs it.
  await must("d1", "migrations", "apply", "DB", "--remote", "--env", "production");
  await must("d1", "migrations", "apply", "SEARCH", "--remote", "--env", "production");
  await must("deploy", "--env", "production");
});

/** Creates what is missing. Run again after a failure, it creates the rest: an id is written as soon as it is known. */
async function create(): Promise<void> {
  const config = productionConfig();
  requireOneJurisdiction(config);
  await requireLogin();
  const path = join(repositoryRoot, "wrangler.toml");
  for (const { kind, binding, name, args } of resourcesToCreate(config)) {
    const { code, output } = await captureWrangler(...args);
    const exists = /already (?:exists|own)/i.test(output);
    if (code !== 0 && !(kind === "r2" && exists))
      throw new CommandError(
        `wrangler ${args.join(" ")} ended with ${code}:\n\n${output.trim()}`,
        kind === "d1" && exists
          ? `It exists already: npx wrangler d1 info ${name} shows its id, which belongs into wrangler.toml.`
          : "Correct what it names and run npm run deploy -- --create again; what was created is kept.",
      );
    if (kind === "d1") {
      const id = databaseIdIn(output);
      if (!id)
        throw new CommandError(
          `wrangler did not print the id of ${name}:\n\n${output.trim()}`,
          `npx wrangler d1 info ${name} shows it; write it into wrangler.toml.`,
        );
      writeFileSync(path, withDatabaseId(readFileSync(path, "utf8"), binding, id));
    }
    console.log(`${code === 0 ? "Created" : "Found"} ${kind === "r2" ? "bucket" : "database"} ${name}`);
  }
  console.log("The ids are in wrangler.toml: commit it. Next: npm run deploy");
}

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
    readFileSync(join(repositoryRoot, "src/lib/failpoint.ts"), "utf8"),
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
