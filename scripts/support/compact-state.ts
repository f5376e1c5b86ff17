import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const stampName = "parley-compacted.txt";

/**
 * Removes deleted bytes from the SQLite files of a stopped local server, if an account or a channel was deleted for good since the last call.
 * SQLite keeps what was deleted in free pages and in the write-ahead log; the runtime permits neither `VACUUM` nor `PRAGMA secure_delete`, so
 * it is done here.
 *
 * @param stateDirectory the directory that `wrangler dev` has as `--persist-to`
 * @returns the number of files that were compacted
 */
export function compactState(stateDirectory: string): number {
  if (!existsSync(join(stateDirectory, "v3"))) return 0;
  const files = sqliteFiles(stateDirectory);
  const erasedAt = lastErasure(files.filter((path) => path.includes("D1")));
  const stampPath = join(stateDirectory, stampName);
  const compactedAt = existsSync(stampPath) ? Number(readFileSync(stampPath, "utf8")) : 0;
  if (erasedAt <= compactedAt) return 0;
  // Requests with their URLs, which `wrangler dev` stored before it was started without them.
  rmSync(join(stateDirectory, "v3/observability"), { recursive: true, force: true });
  for (const path of sqliteFiles(stateDirectory)) compact(path);
  writeFileSync(stampPath, String(erasedAt));
  return files.length;
}

const sqliteFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite"))
    .map((name) => join(directory, name));

/** Returns when the last job that deletes for good finished, in ms since 1970; 0 if none did. */
function lastErasure(files: readonly string[]): number {
  return Math.max(
    0,
    ...files.map((path) => {
      const database = new DatabaseSync(path);
      try {
        const hasJobs = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").get();
        const row = hasJobs
          ? database.prepare("SELECT max(finished_at) AS at FROM jobs WHERE kind IN ('erase', 'purge')").get()
          : undefined;
        return Number(row?.["at"] ?? 0);
      } finally {
        database.close();
      }
    }),
  );
}

function compact(path: string): void {
  const database = new DatabaseSync(path);
  try {
    // A killed server leaves its write-ahead log behind.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}
