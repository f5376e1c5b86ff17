export { slackSocketRoutes } from "./routes.ts";
