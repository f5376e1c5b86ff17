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
import { buildSmallWeb } from "./support/small-web.ts";
import { captureWrangler, runWrangler } from "./support/wrangler.ts";

const help = `
Deploys Parley to production: checks the account, builds and checks the bundle, applies the migrations of both D1 databases, and uploads
the bundle. docs/deploy.md describes the steps from a new account to the first deployment.

Usage: npm run deploy -- [options]

  --create     only create the databases and the bucket of wrangler.toml, in the location of its JURISDICTION or
               LOCATION_HINT, and write the databases' ids into it
  --dry-run    only build the bundle into dist/deploy and check it, offline
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

  // Migrations before the code: the new release needs them, and the running one works with them, since they only add.
  await runOrThrow("d1", "migrations", "apply", "DB", "--remote", "--env", "production");
  await runOrThrow("d1", "migrations", "apply", "SEARCH", "--remote", "--env", "production");
  await runOrThrow("deploy", "--env", "production");
});

/**
 * Creates missing databases and the bucket. Each id is written to wrangler.toml as soon as the database exists, so that after a failure
 * the command can be repeated.
 */
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
          ? `The database exists already. Find its id with npx wrangler d1 info ${name}, and write it into wrangler.toml.`
          : "Resolve the error and run npm run deploy -- --create again; created resources are kept.",
      );
    if (kind === "d1") {
      const id = databaseIdIn(output);
      if (!id)
        throw new CommandError(
          `wrangler did not print the id of ${name}:\n\n${output.trim()}`,
          `Find it with npx wrangler d1 info ${name}, and write it into wrangler.toml.`,
        );
      writeFileSync(path, withDatabaseId(readFileSync(path, "utf8"), binding, id));
    }
    console.log(`${code === 0 ? "Created" : "Found"} ${kind === "r2" ? "bucket" : "database"} ${name}`);
  }
  console.log("The ids are in wrangler.toml. Commit it, then run npm run deploy.");
}

async function buildAndCheck(): Promise<void> {
  console.log(await buildSmallWeb());
  const build = await captureWrangler("deploy", "--dry-run", "--outdir", outdir, "--env", "production");
  if (build.code !== 0)
    throw new CommandError(
      `The build of the bundle failed:\n\n${build.output.trim()}`,
      "Fix the error and run the command again.",
    );

  const bundle = readFileSync(join(repositoryRoot, outdir, "worker.js"));
  const failpoints = failpointsIn(
    bundle.toString(),
    readFileSync(join(repositoryRoot, "src/lib/failpoint.ts"), "utf8"),
  );
  if (failpoints.length > 0) {
    throw new CommandError(
      `The bundle contains failpoints:\n\n  ${failpoints.join("\n  ")}`,
      'Guard every call by `if (__FAILPOINTS__)`, which [env.production.define] sets to "false".',
    );
  }
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`;
  console.log(
    `${outdir}/worker.js: ${kib(bundle.length)}, gzip ${kib(gzipSync(bundle).length)}, no failpoint`,
  );
}

async function runOrThrow(...args: string[]): Promise<void> {
  const code = await runWrangler(...args);
  if (code !== 0) {
    throw new CommandError(
      `wrangler ${args.join(" ")} ended with ${code}.`,
      "See its output above. Later steps were not run; after fixing the cause, run npm run deploy again.",
    );
  }
}
