import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

/** The folder of each local database's migrations, by binding. */
const folders = { DB: "migrations", SEARCH: "migrations/search" } as const;
type Binding = keyof typeof folders;

/** The table that `wrangler d1 migrations` uses, so that both see which migrations were applied. */
const createTable = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

/**
 * Applies missing migrations to the local databases in `stateDirectory`, in one process. A stamp file beside them records which were
 * applied, so that a start without new migrations opens no database.
 *
 * @returns the number of applied migrations, by binding
 * @throws Error with the database's message when a migration fails; those before it stay applied
 */
export async function applyLocalMigrations(stateDirectory: string): Promise<Record<Binding, number>> {
  const applied = { DB: 0, SEARCH: 0 };
  const files = Object.fromEntries(
    Object.entries(folders).map(([binding, folder]) => [binding, migrationsIn(folder)]),
  ) as Record<Binding, Migration[]>;
  const fingerprint = fingerprintOf(files);
  const stampPath = join(stateDirectory, "parley-migrations.txt");
  // Without databases the stamp is not valid: the directory was emptied by hand.
  const stamp =
    existsSync(join(stateDirectory, "v3/d1")) && existsSync(stampPath) ? readFileSync(stampPath, "utf8") : "";
  if (stamp === fingerprint) return applied;

  const databases = await openDatabases(join(stateDirectory, "v3"));
  try {
    for (const binding of Object.keys(folders) as Binding[])
      applied[binding] = await applyTo(await databases.get(binding), files[binding], databases.split);
  } finally {
    await databases.close();
  }
  writeFileSync(stampPath, fingerprint);
  return applied;
}

/** The used part of wrangler's configuration; wrangler's own type for it is `any`. */
interface LocalConfig {
  d1_databases: { binding: string; database_id?: string }[];
}

/** Opens the databases of `wrangler dev` in a runtime without a Worker. Its modules are imported on demand, since that takes a second. */
async function openDatabases(path: string) {
  const [{ Log, LogLevel, Miniflare, convertV4MiniflareOptions }, wrangler] = await Promise.all([
    import("miniflare"),
    import("wrangler"),
  ]);
  const config: LocalConfig = wrangler.unstable_readConfig({ config: join(repositoryRoot, "wrangler.toml") });
  const worker = {
    name: "migrations",
    modules: true,
    script: "",
    d1Databases: Object.fromEntries(
      config.d1_databases.map(({ binding, database_id }) => [binding, database_id ?? binding]),
    ),
  };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ workers: [worker], cf: false, log: new Log(LogLevel.ERROR) }),
    resourcePersistencePath: path,
  });
  return {
    get: (binding: Binding) => miniflare.getD1Database(binding),
    split: wrangler.unstable_splitSqlQuery,
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

/** Applies missing migrations, each with its row in one batch, which D1 runs as a transaction. */
async function applyTo(
  database: Database,
  migrations: Migration[],
  split: (sql: string) => string[],
): Promise<number> {
  await database.prepare(createTable).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const present = new Set(results.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !present.has(name));
  for (const { name, sql } of missing)
    await database.batch([
      ...split(sql).map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  return missing.length;
}
