import { readFileSync } from "node:fs";
import { treeOf } from "./processes.ts";

/** Returns the private memory of these processes and all their descendants, in bytes: without pages that are mapped from files. */
export function privateBytes(roots: readonly number[]): number {
  let bytes = 0;
  for (const { pid } of treeOf(roots)) bytes += anonymousBytes(pid);
  return bytes;
}

/** Returns the private memory of one process, in bytes. */
export function anonymousBytes(pid: number): number {
  try {
    const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return Number(kib ?? 0) * 1024;
  } catch {
    // The process has just ended.
    return 0;
  }
}
