import { fileURLToPath, URL } from "node:url";

/** The repository's root, so that scripts do not depend on the working directory. */
export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url).href);
