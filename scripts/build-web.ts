import { parseArgs } from "node:util";
import { runCommand } from "./support/command.ts";
import { buildSmallWeb } from "./support/small-web.ts";

const help = `
Builds the web client into web/dist, which the Worker's deployment serves. Fails if its scripts are larger than their limits.

Usage: npm run build:web
`;

await runCommand(help, async (argv) => {
  parseArgs({ args: argv, options: {} });
  console.log(await buildSmallWeb());
});
