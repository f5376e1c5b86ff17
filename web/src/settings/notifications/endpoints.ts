/** The settings of notifications, until the client library has them under the same names. */
import type { Endpoint } from "../../../../src/client/index.ts";

export interface QuietHours {
  /** When they begin, as HH:MM. */
  start: string;
  /** When they end: on the next day, unless it is later than `start`. */
  end: string;
  /** The days of the week on which they begin, 0 for Sunday. Absent: every day. */
  days?: number[];
}

export interface NotificationSettings {
  quietHours: QuietHours | null;
  /** Whether pushes are sent at once while the user is active on a connected device. */
  pushWhenActive: boolean;
}

export const getNotificationSettings: Endpoint<Record<never, never>, NotificationSettings> = {
  method: "GET",
  path: "/v1/users/me/notification-settings",
  idempotent: true,
};

export const updateNotificationSettings: Endpoint<
  { body: Partial<NotificationSettings> },
  NotificationSettings
> = {
  method: "PUT",
  path: "/v1/users/me/notification-settings",
  sends: "json",
  idempotent: true,
};
