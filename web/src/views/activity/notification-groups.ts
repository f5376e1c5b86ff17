import type { Notification } from "../../../../src/client/index.ts";

/** The notifications of one channel, the newest first. */
export interface NotificationGroup {
  /** Null for reminders that are about no message. */
  channelId: string | null;
  items: Notification[];
}

/**
 * Groups notifications by channel. The order of the groups is that of their newest notifications.
 *
 * @param notifications the newest first
 */
export function groupNotifications(notifications: readonly Notification[]): NotificationGroup[] {
  const groups = new Map<string | null, NotificationGroup>();
  for (const notification of notifications) {
    const { channelId } = notification;
    const group = groups.get(channelId);
    if (group) group.items.push(notification);
    else groups.set(channelId, { channelId, items: [notification] });
  }
  return [...groups.values()];
}

/** Returns what happened, to be read after the name of the user who caused it. */
export function notificationText({ kind }: Pick<Notification, "kind">): string {
  switch (kind) {
    case "mention":
      return "mentioned you";
    case "direct":
      return "wrote to you";
    case "thread":
      return "replied in a thread";
    case "invitation":
      return "added you to the channel";
    case "reminder":
      return "Reminder";
    default:
      return "wrote";
  }
}
