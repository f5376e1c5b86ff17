import { spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

/** Longer than the 3 s for which the server waits for requests in flight. */
const drainTimeoutMs = 5_000;
/** Changes within this time of the last one are ignored, because several files are often saved together. */
const reloadPauseMs = 1_000;

/**
 * Makes the server close its sockets with 1012 and, for `stop`, finish its requests. Failures are ignored: a server that does not
 * respond has no sockets either.
 */
export async function drain(origin: string, token: string, purpose: "stop" | "reload"): Promise<void> {
  await fetch(`${origin}/.local/drain?for=${purpose}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(drainTimeoutMs),
  }).catch(() => {});
}

/**
 * Calls `stop` on Ctrl-C, which it reads as a key: the terminal would send SIGINT also to wrangler and workerd, which would exit before
 * the server is drained.
 */
export function onInterruptKey(stop: () => void): void {
  const { stdin } = process;
  if (!stdin.isTTY || !isInForeground()) return;
  const interrupt = 3;
  stdin.setRawMode(true);
  stdin.on("data", (keys) => {
    if (keys.includes(interrupt)) stop();
  });
  stdin.unref();
  process.on("exit", () => stdin.setRawMode(false));
}

/** A background process must not change the terminal's mode: it would be suspended by SIGTTOU. */
const isInForeground = (): boolean =>
  spawnSync("ps", ["-o", "stat=", "-p", String(process.pid)], { encoding: "utf8" }).stdout?.includes("+") ??
  false;

/**
 * Calls `changed` when the source changes. wrangler kills the runtime after it has bundled a change, which takes longer than closing
 * the sockets.
 *
 * @returns a function that stops watching
 */
export function onSourceChange(changed: () => void): () => void {
  let changedAt = 0;
  const onChange = (): void => {
    if (Date.now() - changedAt < reloadPauseMs) return;
    changedAt = Date.now();
    changed();
  };
  const watchers = ["src", "wrangler.toml"].map((path) =>
    watch(join(repositoryRoot, path), { recursive: path === "src" }, onChange),
  );
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}
