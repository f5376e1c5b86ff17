import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { buildWeb } from "../../../scripts/support/web-bundle.ts";

/** The environment variable with the directory of the built web client. */
export const webDirectoryVariable = "PARLEY_WEB_DIRECTORY";

let directory: string | undefined;

/** Builds the web client once, as a deployment would, for all browser tests. Vitest calls it before the first. */
export async function setup(): Promise<void> {
  if (process.env[webDirectoryVariable]) return;
  directory = await mkdtemp(join(tmpdir(), "parley-web-"));
  await buildWeb({ directory });
  process.env[webDirectoryVariable] = directory;
}

export async function teardown(): Promise<void> {
  if (!directory) return;
  delete process.env[webDirectoryVariable];
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
