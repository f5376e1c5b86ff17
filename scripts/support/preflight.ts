import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { CommandError } from "./command.ts";
import { repositoryRoot } from "./paths.ts";
import { captureWrangler } from "./wrangler.ts";

/** The part of wrangler's configuration that is looked at; wrangler's own type for it is `any` here. */
interface ProductionConfig {
  d1_databases: { binding: string; database_name?: string; database_id?: string }[];
  secrets?: { required?: string[] };
}

/** Refuses, with the commands to run, when production lacks an id, a login or a secret. */
export async function refuseUnlessDeployable(): Promise<void> {
  const config: ProductionConfig = readConfig({
    config: join(repositoryRoot, "wrangler.toml"),
    env: "production",
  });

  const unfilled = config.d1_databases.filter(({ database_id: id }) => !id || /^[0-]+$/.test(id));
  if (unfilled.length > 0) {
    throw new CommandError(
      `wrangler.toml has no database_id yet for ${unfilled.map(({ binding }) => binding).join(" and ")} in [env.production].`,
      [
        "Create each database and write the id that it prints into wrangler.toml (docs/deploy.md):",
        ...unfilled.map(({ database_name: name }) => `npx wrangler d1 create ${name}`),
      ].join("\n"),
    );
  }

  const login = await captureWrangler("whoami");
  if (login.code !== 0 || /not authenticated/i.test(login.output)) {
    throw new CommandError(
      "wrangler is not logged in to a Cloudflare account.",
      "npx wrangler login\nIn CI: set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.",
    );
  }

  // A worker that was never deployed has no list: then all are missing.
  const listed = await captureWrangler("secret", "list", "--env", "production", "--format", "json");
  const missing = (config.secrets?.required ?? []).filter((name) => !listed.output.includes(`"${name}"`));
  if (missing.length > 0) {
    throw new CommandError(
      `Production lacks ${missing.length === 1 ? "the secret" : "the secrets"} ${missing.join(", ")}.`,
      missing
        .map((name) =>
          // The first account needs this one: straight into a pipe it would be lost.
          name === "SETUP_TOKEN"
            ? `SETUP_TOKEN=$(npm run --silent secret -- SETUP_TOKEN)\nprintf %s "$SETUP_TOKEN" | npx wrangler secret put SETUP_TOKEN --env production`
            : `npm run --silent secret -- ${name} | npx wrangler secret put ${name} --env production`,
        )
        .join("\n"),
    );
  }
}
