import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type as system } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { machineCpuSeconds } from "./load/cpu.ts";

export type Machine = { cpu: string; cores: number; memoryGb: number; kernel: string; node: string };

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: `${system()} ${release()}`,
  node: process.version,
});

/** Returns the version of an installed package. */
export function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Waits until all processes together use less than a tenth of a core for a second, for at most `seconds`. */
export async function freeMachine(seconds = 30): Promise<void> {
  for (let attempt = 0; attempt < seconds; attempt++) {
    const before = machineCpuSeconds();
    await sleep(1_000);
    if (machineCpuSeconds() - before < 0.1) return;
  }
}

/** The versions of the local runtime and its tools. */
export const runtimeVersions = (): Record<string, string> => ({
  workerd: versionOf("workerd"),
  miniflare: versionOf("miniflare"),
  wrangler: versionOf("wrangler"),
});
