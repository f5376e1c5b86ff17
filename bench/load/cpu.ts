import { readFileSync, readdirSync } from "node:fs";

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

type Process = { pid: number; parent: number; ticks: number };

/** `null` for a process that has just ended. */
function readProcess(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name, in parentheses, may hold spaces: fields are counted from after it.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [user, system, endedChildrenUser, endedChildrenSystem] = fields.slice(11, 15) as [
      number,
      number,
      number,
      number,
    ];
    return { pid, parent: fields[1]!, ticks: user + system + endedChildrenUser + endedChildrenSystem };
  } catch {
    return null;
  }
}

/**
 * CPU seconds spent so far by these processes and all their descendants, children that have ended included, since a parent
 * inherits their time. Exact to 10 ms a process.
 */
export function cpuSeconds(roots: readonly number[]): number {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)));
  const tree = new Set(roots);
  let ticks = 0;
  // A child may be listed before its parent when pids have wrapped round: repeat until nothing is added.
  for (let grown = true; grown;) {
    grown = false;
    for (const process of all) {
      if (process && !tree.has(process.pid) && tree.has(process.parent))
        grown = Boolean(tree.add(process.pid));
    }
  }
  for (const process of all) if (process && tree.has(process.pid)) ticks += process.ticks;
  return ticks / ticksPerSecond;
}
