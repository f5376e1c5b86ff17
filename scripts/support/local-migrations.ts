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
 * @throws Error with the migration's name and the database's message when one fails; those before it stay applied
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

  const databases = await openDatabases(join(stateDirectory, "v3"));
  try {
    const results = await Promise.allSettled(
      bindings.map(async (binding) => {
        applied[binding] = await applyTo(await databases.get(binding), files[binding]);
      }),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  } finally {
    await databases.close();
  }
  writeFileSync(stampPath, fingerprint);
  return applied;
}

/** Opens the databases of `wrangler dev` in a runtime without a Worker. Miniflare is imported on demand, since that takes 0.4 s. */
async function openDatabases(path: string) {
  const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = await import("miniflare");
  const worker = {
    name: "migrations",
    modules: true,
    script: "",
    d1Databases: Object.fromEntries(bindings.map((binding) => [binding, localDatabases[binding].id])),
  };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ workers: [worker], cf: false, log: new Log(LogLevel.ERROR) }),
    resourcePersistencePath: path,
  });
  return {
    get: (binding: Binding) => miniflare.getD1Database(binding),
    close: () => miniflare.dispose(),
  };
}

type Database = Awaited<ReturnType<Awaited<ReturnType<typeof openDatabases>>["get"]>>;

interface Migration {
  name: string;
  sql: string;
}

function migrationsIn(folder: string): Migration[] {
  const path = join(repositoryRoot, folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".sql"));
  return names.toSorted().map((name) => ({ name, sql: readFileSync(join(path, name), "utf8") }));
}

const fingerprintOf = (files: object): string =>
  createHash("sha256").update(JSON.stringify(files)).digest("hex");

/** Splits a migration into statements at the marker that `drizzle-kit generate` writes between them. */
export const statementsOf = (sql: string): string[] =>
  sql
    .split("--> statement-breakpoint")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");

/** Applies missing migrations, each with its row in one batch, which D1 runs as a transaction. */
async function applyTo(database: Database, migrations: Migration[]): Promise<number> {
  await database.prepare(createTable).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const present = new Set(results.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !present.has(name));
  for (const { name, sql } of missing) {
    const record = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    const statements = statementsOf(sql).map((statement) => database.prepare(statement));
    await database.batch([...statements, record]).catch((cause: unknown) => {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
  }
  return missing.length;
}
