import { getHealth } from "../../src/protocol/index.ts";
import { CommandError } from "./command.ts";

/** @throws CommandError unless a Parley server responds at `url` */
export async function requireServer(url: string): Promise<void> {
  try {
    const response = await fetch(new URL(getHealth.path, url), { signal: AbortSignal.timeout(5_000) });
    const health = getHealth.response.safeParse(await response.json());
    if (health.success) return;
  } catch (error) {
    if (error instanceof TypeError && URL.parse(url) === null)
      throw new CommandError(`${url} is not a URL.`, "For example: --url http://127.0.0.1:8787");
    throw new CommandError(
      `No server responds at ${url}.`,
      "Start one in another terminal:  npm run dev\nor use another server:          --url http://host:port",
    );
  }
  throw new CommandError(
    `The server at ${url} is not Parley.`,
    "Use the URL of a Parley server: --url http://host:port",
  );
}
