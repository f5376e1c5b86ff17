import type { CreatePushSubscriptionBody } from "../../../src/client/index.ts";

/** Returns a subscription of the browser in the form that the server accepts. A field that is missing is rejected by the server. */
export function subscriptionBody(subscription: PushSubscription): CreatePushSubscriptionBody {
  const { endpoint = "", expirationTime = null, keys } = subscription.toJSON();
  return { endpoint, expirationTime, keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" } };
}
