import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { CommandError } from "./command.ts";
import { repositoryRoot } from "./paths.ts";
import { type ProductionConfig, requireOneJurisdiction, unfilledDatabases } from "./provision.ts";
import { captureWrangler } from "./wrangler.ts";

/** Reads the part of `[env.production]` that deployment uses; wrangler's own type for it is `any`. */
export const productionConfig = (): ProductionConfig =>
  readConfig({ config: join(repositoryRoot, "wrangler.toml"), env: "production" });

/** @throws CommandError when wrangler is not logged in to an account */
export async function requireLogin(): Promise<void> {
  const login = await captureWrangler("whoami");
  if (login.code !== 0 || /not authenticated/i.test(login.output)) {
    throw new CommandError(
      "wrangler is not logged in to a Cloudflare account.",
      "npx wrangler login\nIn CI: set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.",
    );
  }
}

/** @throws CommandError with the commands to run, if an id, a login or a secret is missing, or data locations differ */
export async function requireDeployable(): Promise<void> {
  const config = productionConfig();
  requireOneJurisdiction(config);

  const unfilled = unfilledDatabases(config);
  if (unfilled.length > 0) {
    throw new CommandError(
      `wrangler.toml has no database_id yet for ${unfilled.map(({ binding }) => binding).join(" and ")} in [env.production].`,
      "npm run deploy -- --create\nIt creates the databases and the bucket where JURISDICTION and LOCATION_HINT say, and writes the ids (docs/deploy.md).",
    );
  }

  await requireLogin();

  // For a Worker that was never deployed the command fails, so that all secrets count as missing.
  const listed = await captureWrangler("secret", "list", "--env", "production", "--format", "json");
  const missing = (config.secrets?.required ?? []).filter((name) => !listed.output.includes(`"${name}"`));
  if (missing.length > 0) {
    throw new CommandError(
      `Production lacks ${missing.length === 1 ? "the secret" : "the secrets"} ${missing.join(", ")}.`,
      missing
        .map((name) =>
          // Kept in a variable, because the first account is registered with it.
          name === "SETUP_TOKEN"
            ? `SETUP_TOKEN=$(npm run --silent secret -- SETUP_TOKEN)\nprintf %s "$SETUP_TOKEN" | npx wrangler secret put SETUP_TOKEN --env production`
            : `npm run --silent secret -- ${name} | npx wrangler secret put ${name} --env production`,
        )
        .join("\n"),
    );
  }
}
