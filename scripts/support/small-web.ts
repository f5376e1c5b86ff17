import { CommandError } from "./command.ts";
import { buildWeb } from "./web-bundle.ts";

/** The limits of the scripts' sizes, in bytes after gzip. */
const maxBytes = { firstLoad: 90_000, total: 200_000 };

const kb = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

/** Builds the web client for deployment. Returns a line about it. @throws CommandError if its scripts are too large */
export async function buildSmallWeb(): Promise<string> {
  const { id, sizes } = await buildWeb();
  const { firstLoad, total } = sizes;
  if (firstLoad > maxBytes.firstLoad || total > maxBytes.total)
    throw new CommandError(
      `The scripts are too large: ${kb(firstLoad)} before the first channel (limit ${kb(maxBytes.firstLoad)}), ${kb(total)} in all (limit ${kb(maxBytes.total)}).`,
      "Load what is not needed at once with import(), or use a smaller package.",
    );
  return `web/dist: build ${id}; scripts ${kb(firstLoad)} before the first channel, ${kb(total)} in all, after gzip`;
}
