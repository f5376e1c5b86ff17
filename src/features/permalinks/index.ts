export { permalinkRoutes } from "./routes.ts";
