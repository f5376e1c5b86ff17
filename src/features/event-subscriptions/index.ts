export { announceChannel } from "./announce-channel.ts";
export { createEventSubscription } from "./create-subscription.ts";
export { deleteEventSubscriptionsOf } from "./delete-subscriptions.ts";
export { presentSubscription } from "./present.ts";
export {
  deleteEventSubscriptionRow,
  findSubscription,
  insertSubscriptionRow,
  listPublicChannelIds,
  listSubscriptions,
  updateEventSubscriptionRow,
} from "./queries.ts";
export { eventSubscriptionRoutes } from "./routes.ts";
export { createSubscriptionTable, SubscriptionTable } from "./subscription-table.ts";
