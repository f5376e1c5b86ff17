import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
