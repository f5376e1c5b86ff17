import type { AlarmTasks } from "../durable/alarm-scheduler.ts";
import type { NotificationOutbox } from "./notifications/notification-outbox.ts";
import type { ChannelProjections } from "./projections/channel-projections.ts";
import type { ChannelRetention, HoldRelease } from "./retention/channel-retention.ts";
import type { WakeOutbox } from "./event-subscriptions/wake-outbox.ts";
import type { Subscribers } from "./sockets/subscribers.ts";

/** The keys of a room's scheduled tasks. They are stored: add keys, but never rename one. */
export type RoomAlarmKey =
  | "record"
  | "search"
  | "personal"
  | "notifications"
  | "readings"
  | "files"
  | "deliveries"
  | "leftovers"
  | "departures"
  | "sweep"
  | "retention"
  | "release"
  | "subscriptions"
  | "subscriptionWakes";

/** Returns what a room does by its alarm. */
export const roomAlarmTasks = ({
  projections,
  notificationOutbox,
  wakeOutbox,
  subscribers,
  retention,
  release,
}: {
  projections: ChannelProjections;
  notificationOutbox: NotificationOutbox;
  wakeOutbox: WakeOutbox;
  subscribers: Subscribers;
  retention: ChannelRetention;
  release: HoldRelease;
}): AlarmTasks<RoomAlarmKey> => ({
  record: projections.database,
  search: projections.search,
  personal: projections.memberState,
  notifications: projections.notifications,
  readings: projections.readStates,
  files: projections.deletedFiles,
  leftovers: projections.staleIndexCleanup,
  deliveries: notificationOutbox,
  departures: { onAlarm: (nowMs) => subscribers.expireDisconnected(nowMs) },
  sweep: subscribers.idleReaper,
  retention,
  release,
  subscriptions: projections.subscriptions,
  subscriptionWakes: wakeOutbox,
});
