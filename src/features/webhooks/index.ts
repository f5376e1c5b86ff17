export { announceChannel } from "./announce-channel.ts";
export { createWebhook } from "./create-webhook.ts";
export { deleteWebhooksOf } from "./delete-webhooks.ts";
export { presentWebhook } from "./present.ts";
export {
  deleteWebhookRow,
  findWebhook,
  insertWebhookRow,
  listPublicChannelIds,
  listWebhooks,
  updateWebhookRow,
} from "./queries.ts";
export { webhookRoutes } from "./routes.ts";
export { createWebhookSubscriptions, WebhookSubscriptionTable } from "./subscription-table.ts";
