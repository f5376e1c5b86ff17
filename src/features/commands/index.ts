export { giveAnswer } from "./run/give-answer.ts";
export { commandRegistryRoutes } from "./registry-routes.ts";
export { respondByToken } from "./run/respond.ts";
export { slackResponseRoutes } from "./run/slack-response-routes.ts";
export { commandRunRoutes } from "./run/run-routes.ts";
