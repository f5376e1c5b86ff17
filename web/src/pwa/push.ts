import { ParleyError } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { session } from "../session.ts";
import { unsubscribe } from "./end-notifications.ts";
import { isStandaloneOnApple } from "./install.ts";
import { forgetPush, hasChosenPush, rememberPush } from "./push-choice.ts";
import {
  createPushSubscription,
  deletePushSubscription,
  getPushSubscriptions,
  getWebPush,
} from "../../../src/client/index.ts";
import { registerServiceWorker } from "./register.ts";
import { subscriptionBody } from "./subscription-body.ts";

/**
 * Whether this browser shows notifications while the page is closed. `unsupported`: it cannot. `needsInstall`: only once the page is on the home
 * screen. `unavailable`: the server sends none. `blocked`: the user forbade it in the settings of the browser.
 */
export type PushState = "unsupported" | "needsInstall" | "unavailable" | "blocked" | "off" | "on";

/** Returns the state of this browser for the user of the session. @throws ParleyError if the server can't be asked */
export async function pushState(): Promise<PushState> {
  const registration = await supportingRegistration();
  if (!registration) return isStandaloneOnApple() === false ? "needsInstall" : "unsupported";
  if ((await publicKey()) === null) return "unavailable";
  if (Notification.permission === "denied") return "blocked";
  const isSubscribed = (await registration.pushManager.getSubscription()) !== null;
  return isSubscribed && hasChosenPush(userId()) ? "on" : "off";
}

/**
 * Asks the user for permission, and subscribes this browser. Call it in response to a click.
 *
 * @returns the state afterwards
 * @throws ParleyError what the server returns; `unavailable` if the push service of the browser does not answer
 */
export async function enablePush(): Promise<PushState> {
  const registration = await supportingRegistration();
  const isPermitted = registration !== undefined && (await Notification.requestPermission()) === "granted";
  const key = isPermitted ? await publicKey() : null;
  if (!registration || key === null) return pushState();
  await subscribe(registration, key);
  return "on";
}

/** Ends the subscription of this browser. @throws ParleyError what the server returns */
export async function disablePush(): Promise<void> {
  const { items } = await client.call(getPushSubscriptions);
  for (const { id } of items.filter(({ current }) => current))
    await client.call(deletePushSubscription, { params: { pushSubscriptionId: id } });
  forgetPush(userId());
  await unsubscribe();
}

/**
 * Subscribes again at the start of a session: the server ends a subscription with the session in which it was made. Ends the subscription of an
 * earlier user of the browser, which the service worker would renew for this one.
 */
export async function renewPush(): Promise<void> {
  if (!hasChosenPush(userId())) return unsubscribe();
  const registration = await supportingRegistration();
  if (!registration || Notification.permission !== "granted") return;
  const key = await publicKey();
  if (key !== null) await subscribe(registration, key);
}

/** Returns the key of the server; null if it sends no pushes. */
async function publicKey(): Promise<string | null> {
  try {
    return (await client.call(getWebPush)).publicKey;
  } catch (error) {
    if (error instanceof ParleyError && error.code === "not_found") return null;
    throw error;
  }
}

async function subscribe({ pushManager }: ServiceWorkerRegistration, key: string): Promise<void> {
  const subscription = await subscribeBrowser(pushManager, key);
  await client.call(createPushSubscription, { body: subscriptionBody(subscription) });
  rememberPush(userId());
}

/** Subscribes at the push service of the browser. Its errors are not defects of the page: for example, the service does not answer. */
async function subscribeBrowser(pushManager: PushManager, key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    try {
      // A subscription with an earlier key of the server is in the way.
      const earlier = await pushManager.getSubscription();
      if (!earlier) throw error;
      await earlier.unsubscribe();
      return await pushManager.subscribe(options);
    } catch (cause) {
      throw new ParleyError({
        code: "bot_unavailable",
        detail: `The push service of the browser did not answer: ${(cause as Error).message}`,
        cause,
      });
    }
  }
}

async function supportingRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  const isSupported = "PushManager" in globalThis && "Notification" in globalThis;
  return isSupported ? registerServiceWorker() : undefined;
}

function userId(): string {
  const { value } = session;
  if (value.state !== "open") throw new Error("There is no session");
  return value.workspace.me.peek().id;
}
