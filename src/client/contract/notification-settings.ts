// Generated from src/protocol/notification-settings.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";

export type GetNotificationSettingsInput = NoInput;

/** When your notifications are pushed to your browsers. */
export interface NotificationSettings {
  /** Null: none. */
  quietHours: QuietHours | null;
  /**
   * Whether pushes are sent at once while you are active on a connected device. Otherwise they wait some seconds
   * then, and are not sent if you read the notification meanwhile.
   */
  pushWhenActive: boolean;
}

/** Times of day without pushes, in the time zone of the profile; UTC if it has none. */
export interface QuietHours {
  /** When they begin, as HH:MM. */
  start: string;
  /** When they end: on the next day, unless it is later than `start`. */
  end: string;
  /** The days of the week on which they begin, 0 for Sunday. Default: every day. */
  days?: number[];
}

export interface UpdateNotificationSettingsInput {
  body: UpdateNotificationSettingsBody;
}

export interface UpdateNotificationSettingsBody {
  /** Null: none. */
  quietHours?: QuietHoursInput | null;
  /**
   * Whether pushes are sent at once while you are active on a connected device. Otherwise they wait some seconds
   * then, and are not sent if you read the notification meanwhile.
   */
  pushWhenActive?: boolean;
}

export interface QuietHoursInput {
  /** When they begin, as HH:MM. */
  start: string;
  /** When they end: on the next day, unless it is later than `start`. */
  end: string;
  /** The days of the week on which they begin, 0 for Sunday. Default: every day. */
  days?: number[];
}

/**
 * Get when your notifications are pushed.
 *
 * `GET /v1/users/me/notification-settings`
 *
 * When your notifications are pushed to your browsers.
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getNotificationSettings: Endpoint<GetNotificationSettingsInput, NotificationSettings> = {
  method: "GET",
  path: "/v1/users/me/notification-settings",
  idempotent: true,
};

/**
 * Set when your notifications are pushed. What is absent stays as it is.
 *
 * `PUT /v1/users/me/notification-settings`
 *
 * When your notifications are pushed to your browsers.
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateNotificationSettings: Endpoint<UpdateNotificationSettingsInput, NotificationSettings> = {
  method: "PUT",
  path: "/v1/users/me/notification-settings",
  sends: "json",
  idempotent: true,
};
