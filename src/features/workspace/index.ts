export { readPolicy, userIdsAfter } from "./queries.ts";
export { workspaceRoutes } from "./routes.ts";
