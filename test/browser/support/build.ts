import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { bundle } from "../../../bench/parley/bundle.ts";
import { repositoryRoot } from "../../../scripts/support/paths.ts";
import { buildWeb } from "../../../scripts/support/web-bundle.ts";

/** The environment variable with the directory of the built web client. */
export const webDirectoryVariable = "PARLEY_WEB_DIRECTORY";
/** The environment variable with the file of the bundled Worker. */
export const workerFileVariable = "PARLEY_WORKER_FILE";

let directory: string | undefined;

/** Builds the web client and the Worker once, as a deployment would, for all browser tests. Vitest calls it before the first. */
export async function setup(): Promise<void> {
  if (process.env[webDirectoryVariable]) return;
  directory = await mkdtemp(join(tmpdir(), "parley-web-"));
  const [web, worker] = [join(directory, "web"), join(directory, "worker")];
  await Promise.all([buildWeb({ directory: web }), bundle(join(repositoryRoot, "wrangler.toml"), worker)]);
  process.env[webDirectoryVariable] = web;
  process.env[workerFileVariable] = join(worker, "worker.js");
}

export async function teardown(): Promise<void> {
  if (!directory) return;
  delete process.env[webDirectoryVariable];
  delete process.env[workerFileVariable];
  await rm(directory, { recursive: true, force: true });
}

/** Adds a statement to each module of the client, so that the names of its built files change. */
const nextRelease: Plugin = {
  name: "next-release",
  setup({ onLoad }) {
    onLoad({ filter: /web\/src\/.*\.tsx?$/ }, async ({ path }) => ({
      contents: `${await readFile(path, "utf8")}\ndocument.documentElement.dataset.release = "next";\n`,
      loader: path.endsWith("x") ? "tsx" : "ts",
    }));
  },
};

/** Builds another release of the web client into a new directory, which the caller removes. */
export async function buildNextRelease(): Promise<string> {
  const next = await mkdtemp(join(tmpdir(), "parley-next-web-"));
  await buildWeb({ directory: next, plugins: [nextRelease] });
  return next;
}
