import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { isSecretName, secretMakers } from "./support/secrets.ts";

const help = `
Generates a new value for a secret of the Worker and prints it. To store it, pipe it into wrangler:

  npm run --silent secret -- JWT_SIGNING_KEY | npx wrangler secret put JWT_SIGNING_KEY --env production

Usage: npm run --silent secret -- NAME

NAME is one of ${Object.keys(secretMakers).join(", ")}.
`;

await runCommand(help, async (argv) => {
  const { positionals } = parseArgs({ args: argv, allowPositionals: true });
  const [name = ""] = positionals;
  if (positionals.length !== 1 || !isSecretName(name)) {
    throw new CommandError(
      name ? `There is no secret named ${name}.` : "This command needs the name of one secret.",
      `Use one of ${Object.keys(secretMakers).join(", ")}.`,
    );
  }
  process.stdout.write(await secretMakers[name]());
});
