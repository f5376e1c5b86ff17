import { spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

/** The server itself waits up to 3 s for requests in flight. */
const drainTimeoutMs = 5_000;
/** Of several files that are saved together, the first is enough. */
const reloadPauseMs = 1_000;

/** Has the server close its sockets with 1012, and finish its requests if it stops. A server that does not answer has none. */
export async function drain(origin: string, token: string, purpose: "stop" | "reload"): Promise<void> {
  await fetch(`${origin}/.local/drain?for=${purpose}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(drainTimeoutMs),
  }).catch(() => {});
}

/** A terminal would send SIGINT to wrangler and workerd as well, which then end before anything is drained. */
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

/** A process in the background is stopped (SIGTTOU) when it changes the terminal's mode. */
const isInForeground = (): boolean =>
  spawnSync("ps", ["-o", "stat=", "-p", String(process.pid)], { encoding: "utf8" }).stdout?.includes("+") ??
  false;

/** wrangler kills the runtime when it has bundled a change; that takes longer than closing the sockets. Returns what ends the watch. */
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
