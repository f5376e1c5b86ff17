import { join } from "node:path";
import { fileURLToPath, URL } from "node:url";

/** The repository's root, so that scripts do not depend on the working directory. */
export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url).href);

/** The directory of the built web client, which `wrangler.toml` serves. A development server has its own, so that it does not replace what is to be deployed. */
export const webDirectory = join(repositoryRoot, "web/dist");
