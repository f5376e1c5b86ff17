import { readFileSync } from "node:fs";
import { treeOf } from "./processes.ts";

/** USER_HZ, the unit of CPU times in /proc. It is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * Returns the CPU seconds that all processes and the hypervisor have used since the machine started. Includes interrupts, which
 * /proc/stat lists separately, whereas the figure of a process contains those that interrupted it.
 */
export function machineCpuSeconds(): number {
  const line = readFileSync("/proc/stat", "latin1").split("\n", 1)[0]!;
  const [user, nice, system, , , interrupt, softInterrupt, stolen] = line.split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + interrupt! + softInterrupt! + stolen!) / ticksPerSecond;
}

/**
 * Returns the CPU seconds that these processes and all their descendants have used. Includes children that have ended, since a parent
 * inherits their time. Exact to 10 ms for each process.
 */
export function cpuSeconds(roots: readonly number[]): number {
  const ticks = treeOf(roots).reduce((sum, process) => sum + process.ticks, 0);
  return ticks / ticksPerSecond;
}

/**
 * Starts to measure how much of the CPU the processes other than this one and those of `roots` use. @returns a function that returns the
 * cores that they used since the start
 */
export function measureOtherCores(roots: readonly number[]): () => number {
  const own = (): number => cpuSeconds(roots) + ownCpuSeconds();
  const before = { own: own(), all: machineCpuSeconds(), atMs: performance.now() };
  return () => {
    const others = machineCpuSeconds() - before.all - (own() - before.own);
    return Math.max(0, others) / ((performance.now() - before.atMs) / 1_000);
  };
}

/** Returns the CPU seconds that this process has used. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
