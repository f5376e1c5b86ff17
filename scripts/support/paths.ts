import { fileURLToPath, URL } from "node:url";

/** The repository's root: scripts work from anywhere. */
export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url).href);
