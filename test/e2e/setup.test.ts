import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyLocalMigrations } from "../../scripts/support/local-migrations.ts";
import { repositoryRoot } from "../../scripts/support/paths.ts";
import { temporaryDirectory } from "./support/dev-server.ts";

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => void (directory = temporaryDirectory()));
afterEach(() => directory.remove());

/** Runs `npm run setup`; kills it with SIGKILL after `killAfterMs`, if that is given. */
async function runSetup(killAfterMs?: number): Promise<{ code: number | null; output: string }> {
  const args = [join(repositoryRoot, "scripts/setup.ts"), "--persist-to", directory.path];
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  if (killAfterMs !== undefined) {
    await Promise.race([sleep(killAfterMs), closed]);
    if (child.exitCode === null) process.kill(-child.pid!, "SIGKILL");
  }
  return { code: await closed, output };
}

/** Opens the file of the local database that has this table. */
function openDatabase(table: string): { database: DatabaseSync; path: string } {
  const folder = join(directory.path, "v3/d1/miniflare-D1DatabaseObject");
  for (const name of readdirSync(folder).filter((file) => /^[0-9a-f]+\.sqlite$/.test(file))) {
    const path = join(folder, name);
    const database = new DatabaseSync(path);
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table)) return { database, path };
    database.close();
  }
  throw new Error(`No database with ${table}`);
}

const stamp = () => join(directory.path, "parley-migrations.txt");
const nothing = { DB: 0, SEARCH: 0 };

test("setup that is killed at any time completes when it runs again", async () => {
  for (const killAfterMs of [300, 500, 700, 900, 1_100, 1_300]) await runSetup(killAfterMs);
  const { code, output } = await runSetup();
  expect([code, output.includes("✗")]).toEqual([0, false]);
  expect(existsSync(stamp())).toBe(true);
  openDatabase("messages").database.close();
  openDatabase("search_channels").database.close();
  rmSync(stamp());
  expect(await applyLocalMigrations(directory.path)).toEqual(nothing);
});

test("setup applies the migrations of a missing database, and none without need", async () => {
  const applied = await applyLocalMigrations(directory.path);
  expect(applied.DB).toBeGreaterThan(1);
  expect(applied.SEARCH).toBeGreaterThan(0);
  expect(await applyLocalMigrations(directory.path)).toEqual(nothing);
  const { database, path } = openDatabase("search_channels");
  database.close();
  for (const suffix of ["", "-shm", "-wal"]) rmSync(path + suffix, { force: true });
  rmSync(stamp());
  expect(await applyLocalMigrations(directory.path)).toEqual({ ...nothing, SEARCH: applied.SEARCH });
});

test("setup reports a migration that fails, in each run until it succeeds", async () => {
  await applyLocalMigrations(directory.path);
  const { database } = openDatabase("messages");
  database.exec("DELETE FROM d1_migrations WHERE id = (SELECT max(id) FROM d1_migrations)");
  database.close();
  rmSync(stamp());
  for (let run = 0; run < 2; run++) {
    const { code, output } = await runSetup();
    expect(code).toBe(1);
    expect(output).toContain("✗ A migration failed:");
    expect(output).toMatch(/\d{4}_\w+\.sql: .*`\w+` already exists/);
    expect(output).toContain(`remove ${directory.path}`);
    expect(existsSync(stamp())).toBe(false);
  }
});
