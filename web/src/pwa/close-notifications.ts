import { effect } from "@preact/signals";
import type { NotificationData } from "../service-worker/protocol.ts";
import { summaryTag } from "../service-worker/protocol.ts";
import type { Workspace } from "../state/workspace.ts";
import { areRead } from "./are-read.ts";

/** Closes the system notifications of what was read in this page. Returns a function that stops. */
export function closeReadNotifications(
  { notifications }: Pick<Workspace, "notifications">,
  registration: ServiceWorkerRegistration,
): () => void {
  const close = async (): Promise<void> => {
    const known = { items: notifications.items.peek(), hasMore: notifications.hasMore.peek() };
    for (const shown of await registration.getNotifications()) {
      const { seqs = [] } = (shown.data ?? {}) as Partial<NotificationData>;
      const isRead = shown.tag === summaryTag ? notifications.unread.peek() === 0 : areRead(seqs, known);
      if (isRead) shown.close();
    }
  };
  return effect(() => {
    // Both are dependencies, whatever `close` reads.
    const { items, unread, isLoaded } = notifications;
    if (items.value && unread.value >= 0 && isLoaded.value) void close().catch(() => {});
  });
}
