export { checkPushEndpoint } from "./push-endpoint.ts";
export { pushRoutes } from "./routes.ts";
export { isPushOn, vapidAuthorization } from "./vapid.ts";
