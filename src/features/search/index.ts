export { projectToIndex } from "./project.ts";
export { replaceChannel } from "./project-channel.ts";
export { searchRoutes } from "./routes.ts";
