export { serverKeyRoutes } from "./key-routes.ts";
export { serverUserRoutes } from "./user-routes.ts";
