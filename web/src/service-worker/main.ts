import { handleClick } from "./notification-click.ts";
import type { PageMessage } from "./protocol.ts";
import { handlePush } from "./push.ts";
import { renewSubscription } from "./renew-subscription.ts";
import { respond } from "./respond.ts";
import { scope } from "./scope.ts";
import { deleteOldShells, isShown, storeShell } from "./shell-cache.ts";

scope.addEventListener("install", (event) => event.waitUntil(install()));

scope.addEventListener("activate", (event) => event.waitUntil(activate()));

scope.addEventListener("message", ({ data }) => {
  if ((data as PageMessage | null)?.type === "activate") void scope.skipWaiting();
});

scope.addEventListener("fetch", respond);
scope.addEventListener("push", (event) => event.waitUntil(handlePush(event.data?.text())));
scope.addEventListener("notificationclick", (event) => event.waitUntil(handleClick(event.notification)));
scope.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewSubscription(event)));

/**
 * A new version waits until no page uses the old one, or until a page says that it may start: see `web/src/pwa/register.ts`. If the server has
 * already sent a page of its build, it starts at once.
 */
async function install(): Promise<void> {
  await storeShell();
  if (await isShown()) await scope.skipWaiting();
}

/** Pages of earlier builds may be controlled as well, since their files are kept. */
async function activate(): Promise<void> {
  await scope.clients.claim();
  await scope.registration.navigationPreload?.enable();
  await deleteOldShells();
}
