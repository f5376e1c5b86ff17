import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./support/command.ts";
import { buildWeb } from "./support/web-bundle.ts";

const help = `
Builds the web client into web/dist, which the Worker's deployment serves. Fails if its scripts are larger than their limits.

Usage: npm run build:web
`;

/** The limits of the scripts' sizes, in bytes after gzip. */
const maxBytes = { firstLoad: 90_000, total: 200_000 };

await runCommand(help, async (argv) => {
  parseArgs({ args: argv, options: {} });
  const { id, sizes } = await buildWeb();
  const kb = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
  if (sizes.firstLoad > maxBytes.firstLoad || sizes.total > maxBytes.total)
    throw new CommandError(
      `The scripts are too large: ${kb(sizes.firstLoad)} before the first channel (limit ${kb(maxBytes.firstLoad)}), ${kb(sizes.total)} in all (limit ${kb(maxBytes.total)}).`,
      "Load what is not needed at once with import(), or use a smaller package.",
    );
  console.log(
    `web/dist: build ${id}; scripts ${kb(sizes.firstLoad)} before the first channel, ${kb(sizes.total)} in all, after gzip.`,
  );
});
