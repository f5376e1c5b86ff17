import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of the repository as a clone has it after `npm ci`: without keys, local databases and caches. */
export type Copy = { directory: string; remove(): Promise<void> };

/** Copies the files of the working tree, with uncommitted changes, and `node_modules` if wanted. */
export async function copyRepository({ withModules }: { withModules: boolean }): Promise<Copy> {
  const directory = await mkdtemp(join(tmpdir(), "parley-bench-copy-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true, maxRetries: 5 });
  try {
    const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    });
    for (const path of stdout.split("\0").filter(Boolean)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await copyFile(join(root, path), join(directory, path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error; // deleted, and not yet committed
      });
    }
    if (withModules) await copyModules(directory);
    return { directory, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Copies `node_modules` by hard links if the file systems permit it, and removes the caches that tools store in it. */
async function copyModules(directory: string): Promise<void> {
  const [from, to] = [join(root, "node_modules"), join(directory, "node_modules")];
  await run("cp", ["--archive", "--link", from, to]).catch(async () => {
    await rm(to, { recursive: true, force: true });
    await run("cp", ["--archive", from, to]);
  });
  for (const cache of [".cache", ".mf", ".vite", ".vite-temp", ".vitest", ".tmp"])
    await rm(join(to, cache), { recursive: true, force: true });
}
