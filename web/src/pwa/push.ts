import { client } from "../client.ts";
import { session } from "../session.ts";
import { isStandaloneOnApple } from "./install.ts";
import { createPushSubscription, deletePushSubscription, getWebPush } from "./push-endpoints.ts";
import { registerServiceWorker } from "./register.ts";

/**
 * Whether this browser shows notifications while the page is closed. `unsupported`: it cannot. `needsInstall`: only once the page is on the home
 * screen. `unavailable`: the server sends none. `blocked`: the user forbade it in the settings of the browser.
 */
export type PushState = "unsupported" | "needsInstall" | "unavailable" | "blocked" | "off" | "on";

/** Returns the state of this browser for the user of the session. @throws ParleyError if the server cannot be asked */
export async function pushState(): Promise<PushState> {
  if (isStandaloneOnApple() === false && !("PushManager" in globalThis)) return "needsInstall";
  const registration = await supportingRegistration();
  if (!registration) return "unsupported";
  const { publicKey } = await client.call(getWebPush);
  if (publicKey === null) return "unavailable";
  if (Notification.permission === "denied") return "blocked";
  const isSubscribed = (await registration.pushManager.getSubscription()) !== null;
  return isSubscribed && storedId() !== null ? "on" : "off";
}

/** Asks the user for permission, and subscribes this browser. Call it in response to a click. @throws ParleyError what the server returns */
export async function enablePush(): Promise<PushState> {
  const registration = await supportingRegistration();
  if (!registration) return pushState();
  if ((await Notification.requestPermission()) !== "granted") return pushState();
  const { publicKey } = await client.call(getWebPush);
  if (publicKey === null) return "unavailable";
  await subscribe(registration, publicKey);
  return "on";
}

/** Ends the subscription of this browser. @throws ParleyError what the server returns */
export async function disablePush(): Promise<void> {
  const pushSubscriptionId = storedId();
  if (pushSubscriptionId !== null) {
    await client.call(deletePushSubscription, { params: { pushSubscriptionId } });
    localStorage.removeItem(storageKey());
  }
  const registration = await supportingRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}

/** Subscribes again at the start of a session: the server ends a subscription with the session in which it was made. */
export async function renewPush(): Promise<void> {
  if (storedId() === null) return;
  const registration = await supportingRegistration();
  if (!registration || Notification.permission !== "granted") return;
  const { publicKey } = await client.call(getWebPush);
  if (publicKey !== null) await subscribe(registration, publicKey);
}

async function subscribe(registration: ServiceWorkerRegistration, publicKey: string): Promise<void> {
  const { pushManager } = registration;
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const subscription = await pushManager.subscribe(options).catch(async () => {
    // A subscription with an earlier key of the server is in the way.
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(options);
  });
  const { id } = await client.call(createPushSubscription, { body: subscription.toJSON() });
  localStorage.setItem(storageKey(), id);
}

async function supportingRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  const isSupported = "PushManager" in globalThis && "Notification" in globalThis;
  return isSupported ? registerServiceWorker() : undefined;
}

/** The id of the subscription that a user made in this browser. Another user of the browser decides for themselves. */
const storedId = (): string | null => localStorage.getItem(storageKey());

function storageKey(): string {
  const { value } = session;
  if (value.state !== "open") throw new Error("There is no session");
  return `parley.push.${value.workspace.me.peek().id}`;
}
