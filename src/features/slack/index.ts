export { slackRoutes } from "./routes.ts";
export { slackMethods } from "./methods/index.ts";
