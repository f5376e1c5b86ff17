export { commandRegistryRoutes } from "./registry-routes.ts";
export { parseTyped } from "./typed/parse-typed.ts";
export { type PreparedCommand, prepareTyped } from "./typed/prepare-typed.ts";
export { runTypedRequest } from "./typed/run-request.ts";
export { respondByToken } from "./run/respond.ts";
export { slackResponseRoutes } from "./run/slack-response-routes.ts";
export { commandRunRoutes } from "./run/run-routes.ts";
