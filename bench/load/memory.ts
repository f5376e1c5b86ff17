import { readFileSync } from "node:fs";
import { treeOf } from "./processes.ts";

/** Bytes that these processes and all their descendants hold for themselves: what is mapped from files is not counted. */
export function privateBytes(roots: readonly number[]): number {
  let bytes = 0;
  for (const { pid } of treeOf(roots)) bytes += anonymousBytes(pid);
  return bytes;
}

/** The same of one process. */
export function anonymousBytes(pid: number): number {
  try {
    const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return Number(kib ?? 0) * 1024;
  } catch {
    // It has just ended.
    return 0;
  }
}
