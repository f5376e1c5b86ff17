import { ParleyError, type ParleyClient } from "../../../../src/client/index.ts";
import {
  createPushSubscription,
  deletePushSubscription,
  getPushSubscriptions,
  getWebPush,
} from "./endpoints.ts";

/**
 * `unsupported`: this browser or the server has no Web Push. `denied`: the user has forbidden notifications of this site in the browser.
 */
export type PushState = "unsupported" | "denied" | "off" | "on";

/** Web Push on this device. Read the state again after a change: `readPush`. */
export interface PushControl {
  readonly state: PushState;
  /** Asks for the permission of the browser, and subscribes this device. It needs a press of a button by the user. */
  enable: () => Promise<void>;
  disable: () => Promise<void>;
}

/** Reads whether this device is sent pushes. */
export async function readPush(client: ParleyClient): Promise<PushControl> {
  const registration = await workerRegistration();
  const publicKey = registration && (await publicKeyOf(client));
  if (!registration || !publicKey) return unsupported;
  const { pushManager } = registration;
  return {
    state: await stateOf(pushManager),
    enable: () => enable(client, pushManager, publicKey),
    disable: () => disable(client, pushManager),
  };
}

const unsupported: PushControl = {
  state: "unsupported",
  enable: async () => {},
  disable: async () => {},
};

/** Returns the service worker, which receives pushes. During development there is none. */
async function workerRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis))
    return undefined;
  return navigator.serviceWorker.getRegistration();
}

/** Returns the key of the server; null if it sends no pushes. */
async function publicKeyOf(client: ParleyClient): Promise<string | null> {
  try {
    return (await client.call(getWebPush)).publicKey;
  } catch (error) {
    if (error instanceof ParleyError && error.code === "not_found") return null;
    throw error;
  }
}

async function stateOf(pushManager: PushManager): Promise<PushState> {
  if (Notification.permission === "denied") return "denied";
  return (await pushManager.getSubscription()) ? "on" : "off";
}

async function enable(client: ParleyClient, pushManager: PushManager, publicKey: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return;
  const subscription = await subscribe(pushManager, publicKey);
  try {
    await client.call(createPushSubscription, { body: subscription.toJSON() });
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
}

/** Subscribes at the push service of the browser. Its errors are not defects of the page: for example, the service does not answer. */
async function subscribe(pushManager: PushManager, publicKey: string): Promise<PushSubscription> {
  try {
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  } catch (error) {
    const detail = `The push service of the browser did not answer: ${(error as Error).message}`;
    throw new ParleyError({ code: "bot_unavailable", detail, cause: error });
  }
}

async function disable(client: ParleyClient, pushManager: PushManager): Promise<void> {
  const { items } = await client.call(getPushSubscriptions);
  for (const { id } of items.filter(({ current }) => current))
    await client.call(deletePushSubscription, { params: { pushSubscriptionId: id } });
  await (await pushManager.getSubscription())?.unsubscribe();
}
