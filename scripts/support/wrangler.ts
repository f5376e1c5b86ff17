import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

/** Wrangler's environment: no telemetry, no request to cloudflare.com, and no unauthenticated access to local data. */
const environment = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true", // with it goes the look for updates
  CLOUDFLARE_CF_FETCH_ENABLED: "false", // else it asks cloudflare.com for a sample of `request.cf`
  // `wrangler dev` would answer SQL over the local databases to anybody, at /cdn-cgi/local/explorer/api.
  X_LOCAL_EXPLORER: "false",
};

/** Starts the pinned wrangler under the Node that runs this script, from the repository's root. */
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

/** Runs wrangler in full view, questions included. Answers its exit code. */
export async function runWrangler(...args: string[]): Promise<number> {
  return exitCodeOf(startWrangler(args, "inherit"));
}

/** Runs wrangler unseen, which also makes it ask nothing. Answers its exit code and all that it said. */
export async function captureWrangler(...args: string[]): Promise<{ code: number; output: string }> {
  const child = startWrangler(args, ["ignore", "pipe", "pipe"]);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  return { code: await exitCodeOf(child), output };
}

export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
