/**
 * Runs before each test file of the Worker. Files share a workerd process, since starting one takes longer than most files; nothing
 * else is shared: each file begins with empty storage, new objects, unchanged bindings and newly evaluated modules.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

declare global {
  /** The bindings as workerd made them; tests replace some. */
  var originalBindings: Cloudflare.Env | undefined;
}

globalThis.originalBindings ??= { ...env };
Object.assign(env, globalThis.originalBindings);
vi.useRealTimers();
await reset();
vi.resetModules();

for (const [database, migrations] of [
  [env.DB, env.TEST_DB_MIGRATIONS],
  [env.SEARCH, env.TEST_SEARCH_MIGRATIONS],
] as const)
  // All as one migration: each is a transaction, and D1 waits for the disk after each.
  await applyD1Migrations(database, [{ name: "all", queries: migrations.flatMap(({ queries }) => queries) }]);
