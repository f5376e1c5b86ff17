import { readdirSync, readFileSync } from "node:fs";

/** Returns the resident memory in MB of the workerd that this process, or one of its children, started. */
export const workerdMemory = (pid: number): number =>
  workerdsOf(pid).reduce((sum, { text }) => sum + field(text, "VmRSS"), 0) / 1_024;

/** Returns the CPU time in milliseconds that it has used. */
export const workerdCpuMs = (pid: number): number =>
  workerdsOf(pid).reduce((sum, { id }) => {
    const stat = readFileSync(`/proc/${id}/stat`, "latin1");
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number);
    return sum + ((user + system) * 1_000) / ticksPerSecond;
  }, 0);

/** Linux's value on every architecture that Node supports. */
const ticksPerSecond = 100;

const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);

function workerdsOf(pid: number): { id: number; text: string }[] {
  const status = (id: number): string => {
    try {
      return readFileSync(`/proc/${id}/status`, "latin1");
    } catch {
      return "";
    }
  };
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ id: Number(name), text: status(Number(name)) }));
  const tree = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, text } of all)
      if (!tree.has(id) && tree.has(field(text, "PPid"))) grown = Boolean(tree.add(id));
  }
  return all.filter(({ id, text }) => tree.has(id) && /^Name:\s+workerd$/m.test(text));
}
