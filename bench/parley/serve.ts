/**
 * Runs the bundled Worker in workerd, which listens itself: not by `wrangler dev`, whose proxy is a second workerd that doubles the CPU
 * time, and not through Miniflare's entry Worker. D1, R2 and the objects' storage are on disk.
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
  /** The entry file that was bundled, if it is not the `main` of the config. */
  main?: string;
  /** Compatibility flags in addition to those of the config. */
  flags?: string[];
  bundle: string;
  /** The directory of the data; migrations are applied if it does not exist yet. */
  state: string;
  port: number;
  vars: Record<string, string>;
  secrets: Record<string, string>;
};

const given = JSON.parse(process.env.SERVE!) as ServeOptions;
const { configPath, bundle, state, port, vars, secrets } = given;
const config = unstable_readConfig({ config: configPath });
const { workerOptions, main } = unstable_getMiniflareWorkerOptions(config);
// Without the web client, whose router would be a further Worker before ours.
const { modulesRules: _, assets: __, ...options } = workerOptions;
const isNew = !existsSync(state);
await mkdir(state, { recursive: true });

const worker = {
  ...options,
  name: config.name!,
  modules: await modulesOf(bundle, given.main ?? main!),
  modulesRoot: bundle,
  compatibilityFlags: [...config.compatibility_flags, ...(given.flags ?? [])],
  // Not the vars as wrangler reads them: those include `.dev.vars`, and a run must not depend on local settings.
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
