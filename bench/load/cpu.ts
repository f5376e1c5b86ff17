import { readFileSync } from "node:fs";
import { treeOf } from "./processes.ts";

/** USER_HZ: what /proc counts CPU time in. It is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * CPU seconds that everything on the machine, the hypervisor included, has taken since it started. Interrupts count: /proc/stat
 * lists them apart, while in a process's own figure those that it was running under are contained.
 */
export function machineCpuSeconds(): number {
  const line = readFileSync("/proc/stat", "latin1").split("\n", 1)[0]!;
  const [user, nice, system, , , interrupt, softInterrupt, stolen] = line.split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + interrupt! + softInterrupt! + stolen!) / ticksPerSecond;
}

/**
 * CPU seconds spent so far by these processes and all their descendants, children that have ended included, since a parent
 * inherits their time. Exact to 10 ms a process.
 */
export function cpuSeconds(roots: readonly number[]): number {
  const ticks = treeOf(roots).reduce((sum, process) => sum + process.ticks, 0);
  return ticks / ticksPerSecond;
}
