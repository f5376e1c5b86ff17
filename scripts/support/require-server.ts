import { getHealth } from "../../src/protocol/index.ts";
import { CommandError } from "./command.ts";

/** Throws a CommandError that says what to run, unless a Parley server answers at `url`. */
export async function requireServer(url: string): Promise<void> {
  try {
    const response = await fetch(new URL(getHealth.path, url), { signal: AbortSignal.timeout(5_000) });
    const health = getHealth.response.safeParse(await response.json());
    if (health.success) return;
  } catch (error) {
    if (error instanceof TypeError && URL.parse(url) === null)
      throw new CommandError(`${url} is no address.`, "Give one such as --url http://127.0.0.1:8787");
    throw new CommandError(
      `No server answers at ${url}.`,
      "Start one in another terminal:  npm run dev\nor name another with            --url http://host:port",
    );
  }
  throw new CommandError(
    `What answers at ${url} is not Parley.`,
    "Name the right server with --url http://host:port",
  );
}
