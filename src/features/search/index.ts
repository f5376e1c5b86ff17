export { projectToIndex } from "./indexing/project-to-index.ts";
export { replaceChannel } from "./indexing/project-channel.ts";
export { searchRoutes } from "./routes.ts";
