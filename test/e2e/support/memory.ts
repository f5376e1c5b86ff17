import { readdirSync, readFileSync } from "node:fs";

/** Resident memory in MB of the workerd that this process, or one of its children, started. */
export function workerdMemory(pid: number): number {
  const status = (id: number): string => {
    try {
      return readFileSync(`/proc/${id}/status`, "latin1");
    } catch {
      return "";
    }
  };
  const field = (text: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ id: Number(name), text: status(Number(name)) }));
  const tree = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, text } of all)
      if (!tree.has(id) && tree.has(field(text, "PPid"))) grown = Boolean(tree.add(id));
  }
  const own = all.filter(({ id, text }) => tree.has(id) && /^Name:\s+workerd$/m.test(text));
  return own.reduce((sum, { text }) => sum + field(text, "VmRSS"), 0) / 1_024;
}
