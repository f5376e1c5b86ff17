import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleForTests, sharedBundleVariable } from "./bundle-for-tests.ts";

let directory: string | undefined;

/** Bundles the Worker of the end-to-end tests once, for all of their files. Vitest calls it before the first. */
export async function setup(): Promise<void> {
  if (process.env[sharedBundleVariable]) return;
  directory = await mkdtemp(join(tmpdir(), "parley-bundle-"));
  await bundleForTests(directory);
  process.env[sharedBundleVariable] = directory;
}

export async function teardown(): Promise<void> {
  if (!directory) return;
  delete process.env[sharedBundleVariable];
  await rm(directory, { recursive: true, force: true });
}
