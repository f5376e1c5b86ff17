/**
 * Runs before each test file of the Worker. Files share a workerd process, since starting one takes longer than most files; nothing
 * else is shared: each file begins with empty storage, new objects, unchanged bindings and newly evaluated modules, and with cheap
 * password hashes.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
// @ts-expect-error: internal to the pool
import { maybeHandleRunRequest } from "cloudflare:test-internal";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

type Import = (path: string, options?: object) => Promise<unknown>;

/** A module as Vitest's module runner knows it. */
interface EvaluatedModule {
  promise: Promise<unknown> | undefined;
  exports: unknown;
  evaluated: boolean;
  importers: Set<string>;
}

declare global {
  /** The bindings as workerd made them; tests replace some. */
  var originalBindings: Cloudflare.Env | undefined;
  /** Vitest's, without the cache of the previous file. */
  var originalImport: Import | undefined;
  /** Vitest's; the pool imports modules through it. */
  var __vitest_mocker__: { moduleRunner: { import: Import } };
  /** Vitest's. */
  var __vitest_worker__: {
    evaluatedModules: { idToModuleMap: Map<string, EvaluatedModule> };
    providedContext: { cloudflarePoolOptions: string };
  };
  /** The pool's. */
  var originalPoolOptions: string | undefined;
}

interface RunnerNamespace {
  get(name: string): { fetch(url: string, init: object): Promise<Response> };
}

const runnerBinding = "__VITEST_POOL_WORKERS_RUNNER_OBJECT";

globalThis.originalBindings ??= { ...env };
Object.assign(env, globalThis.originalBindings);
vi.useRealTimers();
resetModules();
cacheMainModule();

/** Lets modules be evaluated anew, as `vi.resetModules` does, except libraries: they are half of the work and keep no state of a test. */
function resetModules(): void {
  for (const [path, module] of globalThis.__vitest_worker__.evaluatedModules.idToModuleMap) {
    if (path.includes("/node_modules/")) continue;
    module.promise = undefined;
    module.exports = undefined;
    module.evaluated = false;
    module.importers.clear();
  }
}

/**
 * Imports the Worker's main module once a file. The pool imports it at every call of the Worker or an object, by a request to the
 * object that runs the tests, which is half of a small call's time.
 */
function cacheMainModule(): void {
  const { moduleRunner } = globalThis.__vitest_mocker__;
  const original = (globalThis.originalImport ??= moduleRunner.import.bind(moduleRunner));
  let importing: Promise<unknown> | undefined;
  let main: { module: unknown } | undefined;
  moduleRunner.import = (path, options) => {
    if (!path.endsWith("/src/worker.ts")) return original(path, options);
    // A new promise, since one that another request created may not be awaited.
    if (main) return Promise.resolve(main.module);
    importing ??= original(path).then((module) => (main = { module }).module);
    return importing;
  };
  runImportsInPlace(() => main !== undefined);
}

/**
 * Lets the pool's next calls of the runner object run where they are made, if they import a module that is already evaluated. Other
 * calls, which send logs, need that object. The pool reads its options immediately before it imports, and at no other call.
 */
function runImportsInPlace(isEvaluated: () => boolean): void {
  const context = globalThis.__vitest_worker__.providedContext;
  const bindings = env as unknown as Record<string, unknown>;
  const runner = globalThis.originalBindings as unknown as Record<typeof runnerBinding, RunnerNamespace>;
  const optionsText = (globalThis.originalPoolOptions ??= context.cloudflarePoolOptions);
  let isImport = false;
  Object.defineProperty(context, "cloudflarePoolOptions", {
    configurable: true,
    enumerable: true,
    get: () => {
      isImport = isEvaluated();
      if (isImport) queueMicrotask(() => (isImport = false));
      return optionsText;
    },
  });
  bindings[runnerBinding] = {
    get: (name: string) => ({
      fetch: (url: string, init: RequestInit<{ [key: string]: unknown }>) => {
        if (isImport) return maybeHandleRunRequest({ cf: init.cf });
        return runner[runnerBinding].get(name).fetch(url, init);
      },
    }),
  };
}

const hasTables = async (database: D1Database): Promise<boolean> =>
  (await database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").first()) !== null;

const hasObjects = async (): Promise<boolean> => (await env.FILES.list({ limit: 1 })).objects.length > 0;

/**
 * Deletes all storage and creates the tables. On a busy machine a database sometimes kept its rows, and the bucket had objects, presumably
 * because a request that the previous file did not wait for opened it again during the deletion. So the deletion is verified, and
 * repeated if necessary; the bucket, which has no table that such a request would miss, is verified last.
 */
async function recreateStorage(): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    await reset();
    if (!(await hasTables(env.DB)) && !(await hasTables(env.SEARCH))) {
      await createTables();
      if (!(await hasObjects())) return;
    }
    await scheduler.wait(10 * attempt);
  }
  throw new Error("The storage of the previous test file was not deleted");
}

async function createTables(): Promise<void> {
  for (const [database, migrations] of [
    [env.DB, env.TEST_DB_MIGRATIONS],
    [env.SEARCH, env.TEST_SEARCH_MIGRATIONS],
  ] as const)
    // All as one migration: each is a transaction, and D1 waits for the disk after each.
    await applyD1Migrations(database, [
      { name: "all", queries: migrations.flatMap(({ queries }) => queries) },
    ]);
}

await recreateStorage();

// Imported after the reset, so that the test's modules share the instance.
const { useTestPasswordCost } = await import("./worker/fixtures/password-cost.ts");
useTestPasswordCost();
