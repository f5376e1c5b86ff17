/** Endpoints of Web Push, until the client library has them under the same names. */
import type { Endpoint, Page } from "../../../../src/client/index.ts";

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

/** A browser that is sent pushes. */
export interface WebPushSubscription {
  id: string;
  device: string;
  /** Whether it belongs to the session of the request. */
  current: boolean;
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

export const getWebPush: Endpoint<Record<never, never>, { publicKey: string | null }> = {
  method: "GET",
  path: "/v1/push",
  idempotent: true,
};

export const createPushSubscription: Endpoint<{ body: PushSubscriptionJSON }, WebPushSubscription> = {
  method: "POST",
  path: "/v1/users/me/push-subscriptions",
  sends: "json",
  idempotent: true,
};

export const getPushSubscriptions: Endpoint<Record<never, never>, Page<WebPushSubscription>> = {
  method: "GET",
  path: "/v1/users/me/push-subscriptions",
  idempotent: true,
};

export const deletePushSubscription: Endpoint<{ params: { pushSubscriptionId: string } }, undefined> = {
  method: "DELETE",
  path: "/v1/users/me/push-subscriptions/:pushSubscriptionId",
  answers: "nothing",
  idempotent: true,
};
