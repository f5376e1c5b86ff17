export { savedMessageRoutes } from "./routes.ts";
