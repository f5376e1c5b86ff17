import type { Endpoint, Page } from "../../../src/client/index.ts";

/** The requests of Web Push, until the client library has them. */

/** What `GET /v1/push` returns. */
export interface WebPush {
  /** `applicationServerKey` of `pushManager.subscribe` (RFC 8292), in base64url. Null: this server sends no pushes. */
  publicKey: string | null;
}

/** A subscription as `PushSubscription.toJSON` returns it, and a name for the list of devices. */
export type NewPushSubscription = PushSubscriptionJSON & {
  /** By default the server makes one of the `User-Agent`. */
  device?: string;
};

/** A browser that is sent pushes. */
export interface WebPushSubscription {
  id: string;
  device: string;
  /** Whether it belongs to the session of the request. */
  current: boolean;
}

/** Get the key with which a browser subscribes to pushes. `GET /v1/push` */
export const getWebPush: Endpoint<Record<never, never>, WebPush> = {
  method: "GET",
  path: "/v1/push",
  idempotent: true,
};

/** Subscribe a browser to pushes until the session ends; the same browser again updates its subscription. `POST /v1/users/me/push-subscriptions` */
export const createPushSubscription: Endpoint<{ body: NewPushSubscription }, WebPushSubscription> = {
  method: "POST",
  path: "/v1/users/me/push-subscriptions",
  sends: "json",
  idempotent: true,
};

/** List your browsers that are subscribed to pushes. `GET /v1/users/me/push-subscriptions` */
export const getPushSubscriptions: Endpoint<Record<never, never>, Page<WebPushSubscription>> = {
  method: "GET",
  path: "/v1/users/me/push-subscriptions",
  idempotent: true,
};

/** End a subscription to pushes. `DELETE /v1/users/me/push-subscriptions/:pushSubscriptionId` */
export const deletePushSubscription: Endpoint<{ params: { pushSubscriptionId: string } }, undefined> = {
  method: "DELETE",
  path: "/v1/users/me/push-subscriptions/:pushSubscriptionId",
  answers: "nothing",
  idempotent: true,
};
