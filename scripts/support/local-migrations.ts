import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

/**
 * The local databases of wrangler.toml, by binding. They are listed here because importing wrangler, to read that file, takes as long as
 * all migrations. test/pure/repository/local-migrations.test.ts compares the two.
 */
export const localDatabases = {
  DB: { id: "local-parley", folder: "migrations" },
  SEARCH: { id: "local-parley-search", folder: "migrations/search" },
} as const;
type Binding = keyof typeof localDatabases;
const bindings = Object.keys(localDatabases) as Binding[];

/** The table that `wrangler d1 migrations` uses, so that both see which migrations were applied. */
const createTable = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

/**
 * Applies missing migrations to the local databases in `stateDirectory`, in one process. A stamp file beside them records which were
 * applied, so that a start without new migrations opens no database.
 *
 * @returns the number of applied migrations, by binding
 * @throws Error with the database's binding, the migration's name and D1's message when one fails; those before it stay applied
 */
export async function applyLocalMigrations(stateDirectory: string): Promise<Record<Binding, number>> {
  const applied = { DB: 0, SEARCH: 0 };
  const files = Object.fromEntries(
    bindings.map((binding) => [binding, migrationsIn(localDatabases[binding].folder)]),
  ) as Record<Binding, Migration[]>;
  const fingerprint = fingerprintOf(files);
  const stampPath = join(stateDirectory, "parley-migrations.txt");
  // Without databases the stamp is not valid: the directory was emptied by hand.
  const stamp =
    existsSync(join(stateDirectory, "v3/d1")) && existsSync(stampPath) ? readFileSync(stampPath, "utf8") : "";
  if (stamp === fingerprint) return applied;

  const runtime = await startRuntime(join(stateDirectory, "v3"));
  try {
    const results = await Promise.allSettled(
      bindings.map(async (binding) => {
        applied[binding] = await runtime.apply(binding, files[binding]);
      }),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  } finally {
    await runtime.stop();
  }
  writeFileSync(stampPath, fingerprint);
  return applied;
}

/** Starts the databases of `wrangler dev`. Miniflare is imported on demand, since that takes 0.4 s. */
async function startRuntime(path: string) {
  const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = await import("miniflare");
  const worker = {
    name: "migrations",
    modules: true,
    script: readFileSync(join(repositoryRoot, "scripts/support/migrations-worker.js"), "utf8"),
    d1Databases: Object.fromEntries(bindings.map((binding) => [binding, localDatabases[binding].id])),
  };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ workers: [worker], cf: false, log: new Log(LogLevel.ERROR) }),
    resourcePersistencePath: path,
  });
  return {
    /** Applies missing migrations, each with its row in one transaction; returns their number. */
    async apply(binding: Binding, migrations: Migration[]): Promise<number> {
      const body = JSON.stringify({ binding, createTable, migrations });
      const response = await miniflare.dispatchFetch("http://migrations/", { method: "POST", body });
      const text = await response.text();
      const result = parsed(text);
      if (result.applied === undefined) throw new Error(`${binding}: ${result.error ?? text}`);
      return result.applied;
    },
    stop: () => miniflare.dispose(),
  };
}

/** Parses a response of migrations-worker.js; an error of Miniflare itself is text. */
function parsed(text: string): { applied?: number; error?: string } {
  try {
    return JSON.parse(text) as { applied?: number; error?: string };
  } catch {
    return { error: text };
  }
}

interface Migration {
  name: string;
  statements: string[];
}

function migrationsIn(folder: string): Migration[] {
  const path = join(repositoryRoot, folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".sql"));
  return names
    .toSorted()
    .map((name) => ({ name, statements: statementsOf(readFileSync(join(path, name), "utf8")) }));
}

const fingerprintOf = (files: object): string =>
  createHash("sha256").update(JSON.stringify(files)).digest("hex");

/** Splits a migration into statements at the marker that `drizzle-kit generate` writes between them. */
export const statementsOf = (sql: string): string[] =>
  sql
    .split("--> statement-breakpoint")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
