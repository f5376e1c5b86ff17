export { botRoutes } from "./bot-routes.ts";
export { tokenRoutes } from "./routes.ts";
