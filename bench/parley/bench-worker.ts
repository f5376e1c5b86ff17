import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../scripts/support/free-port.ts";
import { startProcess, stopProcess } from "../processes.ts";
import { bundle } from "./bundle.ts";
import type { ServeOptions } from "./serve.ts";

const configOf = (name: string): string =>
  fileURLToPath(new URL(`../workers/${name === "fan-out" ? "fan-out" : "wrangler"}.toml`, import.meta.url));

export type BenchWorker = {
  origin: string;
  port: number;
  pid: number;
  /** The directory in which D1 and R2 store their data. */
  state: string;
  stop(): Promise<void>;
};

/** Runs a Worker of `bench/workers` in the same way as Parley: bundled, in its own workerd. */
export async function startBenchWorker(name: "search" | "bare" | "fan-out"): Promise<BenchWorker> {
  const directory = await mkdtemp(join(tmpdir(), "parley-bench-"));
  const [bundled, state] = [join(directory, "bundle"), join(directory, "state")];
  const configPath = configOf(name);
  const main = fileURLToPath(new URL(`../workers/${name}.ts`, import.meta.url));
  let child: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (child) await stopProcess(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await bundle(configPath, bundled, main);
    const port = await freePort();
    const serve: ServeOptions = { configPath, main, bundle: bundled, state, port, vars: {}, secrets: {} };
    const env = { SERVE: JSON.stringify(serve), WRANGLER_SEND_METRICS: "false" };
    child = await startProcess(new URL("serve.ts", import.meta.url), env);
    return { origin: `http://127.0.0.1:${port}`, port, pid: child.pid!, state, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
