export { eventCallback } from "./events/callback.ts";
export { type EventContext, type SlackEvent, translateEvent } from "./events/translate.ts";
export { findRoot, rememberRoot } from "./find.ts";
export { slackAppId, slackTeamId } from "./ids.ts";
export { slackMethods } from "./methods/index.ts";
export { type Dispatch, ParleyApi } from "./parley-api.ts";
export { slackRoutes } from "./routes.ts";
export { openSocketTicket } from "./tickets.ts";
export * from "./text/index.ts";
