/**
 * Runs the bundled Worker in workerd, on a port of workerd's own: no `wrangler dev`, whose proxy is a second workerd that
 * doubles the CPU, and not through the simulator's entry Worker either. D1, R2 and the objects' storage are on disk.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { ready } from "../processes.ts";
import { migrate, modulesOf } from "./bundle.ts";

export type ServeOptions = {
  configPath: string;
  /** The file that was bundled, where it is not the config's own `main`. */
  main?: string;
  /** Compatibility flags beside the config's. */
  flags?: string[];
  bundle: string;
  /** Migrated when it is new. */
  state: string;
  port: number;
  vars: Record<string, string>;
  secrets: Record<string, string>;
};

const given = JSON.parse(process.env.SERVE!) as ServeOptions;
const { configPath, bundle, state, port, vars, secrets } = given;
const config = unstable_readConfig({ config: configPath });
const { workerOptions, main } = unstable_getMiniflareWorkerOptions(config);
const { modulesRules: _, ...options } = workerOptions;
const isNew = !existsSync(state);
await mkdir(state, { recursive: true });

const worker = {
  ...options,
  name: config.name!,
  modules: await modulesOf(bundle, given.main ?? main!),
  modulesRoot: bundle,
  compatibilityFlags: [...config.compatibility_flags, ...(given.flags ?? [])],
  // Not the vars that wrangler read: those include .dev.vars, and no run may depend on who runs it.
  bindings: { ...config.vars, ...secrets, ...vars },
  unsafeDirectSockets: [{ host: "127.0.0.1", port }],
} as V4WorkerOptions;

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    workers: [worker],
    host: "127.0.0.1",
    cf: false,
    log: new Log(LogLevel.WARN),
  }),
  resourcePersistencePath: state,
});
await miniflare.ready;

for (const { binding, migrations_dir } of isNew ? config.d1_databases : [])
  await migrate(
    await miniflare.getD1Database(binding!),
    join(dirname(configPath), migrations_dir ?? "migrations"),
  );

process.once("SIGTERM", () => void miniflare.dispose().finally(() => process.exit(0)));
ready();
