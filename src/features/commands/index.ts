export { giveAnswer } from "./give-answer.ts";
export { commandRegistryRoutes } from "./registry-routes.ts";
export { respondByToken } from "./respond.ts";
export { slackResponseRoutes } from "./slack-response-routes.ts";
export { commandRunRoutes } from "./run-routes.ts";
