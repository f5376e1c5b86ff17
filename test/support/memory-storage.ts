import { mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

const memory = "/dev/shm";
const prefix = "parley-tests-";
/** A run of all tests uses about 1 GB; containers often have 64 MB. */
const neededBytes = 3 * 1024 ** 3;

/**
 * Moves the temporary files of a test run into memory: D1 and each object wait for the disk at every commit, which on some machines takes
 * longer than the rest of a request. Without enough memory they stay on the disk.
 */
export function keepStorageInMemory(): void {
  if (process.env["TMPDIR"]?.startsWith(join(memory, prefix)) || freeBytes() < neededBytes) return;
  removeLeftOver();
  const directory = mkdtempSync(join(memory, `${prefix}${process.pid}-`));
  process.env["TMPDIR"] = directory;
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
}

function freeBytes(): number {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** Removes the files of runs that were killed. */
function removeLeftOver(): void {
  for (const name of readdirSync(memory))
    if (name.startsWith(prefix) && !isRunning(Number.parseInt(name.slice(prefix.length), 10)))
      rmSync(join(memory, name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
