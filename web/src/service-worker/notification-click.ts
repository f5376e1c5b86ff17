import type { NotificationData, WorkerMessage } from "./protocol.ts";
import { openPages, scope } from "./scope.ts";

/** Shows what a notification is about: in an open page, otherwise in a new one. */
export async function handleClick(notification: Notification): Promise<void> {
  notification.close();
  const { path = "/" } = (notification.data ?? {}) as Partial<NotificationData>;
  const [page] = await openPages();
  if (!page) return void (await scope.clients.openWindow(path));
  // The browser may reject it if the click was a while ago; the page shows what it is about in any case.
  await page.focus().catch(() => {});
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a client of a worker is of its origin
  page.postMessage({ type: "navigate", path } satisfies WorkerMessage);
}
