export { projectToIndex } from "./indexing/project-to-index.ts";
export { deleteChannelFromIndex } from "./indexing/delete-channel.ts";
export { replaceChannel } from "./indexing/project-channel.ts";
export { searchRoutes } from "./routes.ts";
