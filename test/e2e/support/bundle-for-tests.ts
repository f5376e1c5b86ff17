import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../../bench/parley/bundle.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const mainOfTests = "test/support/e2e-worker.ts";

/** The environment variable with the directory of a bundle that is already there. */
export const sharedBundleVariable = "PARLEY_E2E_BUNDLE";

/** Bundles the product's Worker with the control routes of the end-to-end tests. */
export const bundleForTests = (directory: string): Promise<void> =>
  bundle(join(root, "wrangler.toml"), directory, join(root, mainOfTests));
