import { mkdir, readFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Miniflare, V4ModuleDefinition } from "miniflare";
import { unstable_splitSqlQuery as splitSqlQuery } from "wrangler";
import { webDirectory } from "../../scripts/support/paths.ts";
import { captureWrangler } from "../../scripts/support/wrangler.ts";

/** Bundles the Worker as a deployment would, without uploading it. @param main - another entry file than that of the config */
export async function bundle(configPath: string, outDirectory: string, main?: string): Promise<void> {
  // The configuration names it, and a new clone has not built the web client.
  await mkdir(webDirectory, { recursive: true });
  const { code, output } = await captureWrangler(
    "deploy",
    ...(main === undefined ? [] : [main]),
    "--dry-run",
    "--env=",
    "--config",
    configPath,
    "--outdir",
    outDirectory,
  );
  if (code !== 0) throw new Error(`the Worker was not bundled:\n\n${output.trim()}`);
}

const kinds: Record<string, V4ModuleDefinition["type"]> = {
  js: "ESModule",
  mjs: "ESModule",
  wasm: "CompiledWasm",
  txt: "Text",
  html: "Text",
  sql: "Text",
  bin: "Data",
};

/** Lists the modules of a bundle for workerd. The entry, which is named after `main`, must be the first. */
export async function modulesOf(outDirectory: string, main: string): Promise<V4ModuleDefinition[]> {
  const entry = join(outDirectory, `${basename(main).replace(/\.[^.]+$/, "")}.js`);
  const files = await readdir(outDirectory, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  return [entry, ...paths.filter((path) => path !== entry)].flatMap((path) => {
    const type = kinds[path.split(".").at(-1)!];
    return type ? [{ type, path }] : [];
  });
}

/** Applies the migrations of a directory to a new database, in the order of their names. */
export async function migrate(
  database: Awaited<ReturnType<Miniflare["getD1Database"]>>,
  directory: string,
): Promise<void> {
  const files = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(".sql")).sort();
  for (const file of files) {
    const statements = splitSqlQuery(await readFile(join(directory, file), "utf8"));
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}
