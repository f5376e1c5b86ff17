import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

/** Environment variables for wrangler: no telemetry, no request to cloudflare.com, no unauthenticated access to local data. */
const environment = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true", // also disables the update check
  CLOUDFLARE_CF_FETCH_ENABLED: "false", // otherwise it fetches a sample of `request.cf` from cloudflare.com
  // Otherwise `wrangler dev` runs SQL on the local databases for any client, at /cdn-cgi/local/explorer/api.
  X_LOCAL_EXPLORER: "false",
  // Stores each request with its URL, and so file names and search terms, where no erasure would reach it.
  X_LOCAL_OBSERVABILITY: "false",
};

/** Starts the installed wrangler in the repository's root, with the Node that runs this script. */
export function startWrangler(
  args: string[],
  stdio: StdioOptions,
  variables: Record<string, string> = {},
): ChildProcess {
  const entry = join(repositoryRoot, "node_modules/wrangler/bin/wrangler.js");
  return spawn(process.execPath, [entry, ...args], {
    cwd: repositoryRoot,
    env: { ...process.env, ...environment, ...variables },
    stdio,
  });
}

/** Runs wrangler in the terminal, where it may ask questions; returns its exit code. */
export async function runWrangler(...args: string[]): Promise<number> {
  return exitCodeOf(startWrangler(args, "inherit"));
}

/** Runs wrangler without a terminal, so that it asks no questions; returns its exit code and its output. */
export async function captureWrangler(...args: string[]): Promise<{ code: number; output: string }> {
  const child = startWrangler(args, ["ignore", "pipe", "pipe"]);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  return { code: await exitCodeOf(child), output };
}

/** Waits until a process exits; returns its exit code, 1 if a signal ended it. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
