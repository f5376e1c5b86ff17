export { webhookRoutes } from "./hook-routes.ts";
export { incomingWebhookRoutes } from "./routes.ts";
