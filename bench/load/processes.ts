import { readFileSync, readdirSync } from "node:fs";

export type Process = { pid: number; parent: number; ticks: number };

/** Returns `null` for a process that has just ended. */
function readProcess(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name, in parentheses, may contain spaces, so the fields are counted from after it.
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

/** Lists these processes and all their running descendants. */
export function treeOf(roots: readonly number[]): Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((process) => process !== null);
  const tree = new Set(roots);
  // A child may be listed before its parent if pids have wrapped around, so this repeats until nothing is added.
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all) if (!tree.has(pid) && tree.has(parent)) grown = Boolean(tree.add(pid));
  }
  return all.filter(({ pid }) => tree.has(pid));
}
