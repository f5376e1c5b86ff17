import { createPushSubscription, getWebPush } from "../../../src/client/index.ts";
import { subscriptionBody } from "../pwa/subscription-body.ts";
import { scope } from "./scope.ts";
import { sessionClient } from "./session-client.ts";

/** The event of a subscription that the browser replaces or ends (Push API, `pushsubscriptionchange`), which not all types have. */
interface SubscriptionChange {
  newSubscription?: PushSubscription | null;
}

/** Registers the new subscription with the server. Without a session, the next start of the page does. */
export async function renewSubscription(event: SubscriptionChange): Promise<void> {
  const client = await sessionClient();
  if (!client) return;
  const subscription = event.newSubscription ?? (await subscribe(await client.call(getWebPush)));
  if (subscription) await client.call(createPushSubscription, { body: subscriptionBody(subscription) });
}

async function subscribe({ publicKey }: { publicKey: string | null }): Promise<PushSubscription | undefined> {
  if (publicKey === null) return undefined;
  return scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
}
