// Generated from src/protocol/push.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type {
  ChannelId,
  MessageId,
  Page,
  PushSubscriptionId,
  ReminderId,
  Seq,
  SessionId,
  Timestamp,
  UserId,
} from "./common.ts";
import type { NotificationKind } from "./notifications.ts";

/** The content of a push. */
export type PushPayload =
  | {
      type: "notification";
      /** The user who is notified. A browser may have had several. */
      userId: UserId;
      at: Timestamp;
      /** The `seq` of the notification. */
      seq: Seq;
      kind: NotificationKind;
      /** Null for a reminder that is about no message. */
      channelId: ChannelId | null;
      messageId: MessageId | null;
      threadId: MessageId | null;
      /** Only of a reminder. */
      reminderId?: ReminderId;
      /**
       * The unread notifications of the same channel, or the same reminder, that were pushed to this browser, this one
       * included: the newest 20.
       */
      unreadSeqs: Seq[];
    }
  | {
      type: "read";
      /** The user who is notified. A browser may have had several. */
      userId: UserId;
      at: Timestamp;
      /** Null if it is about a reminder. */
      channelId: ChannelId | null;
      /** Only of a reminder. */
      reminderId?: ReminderId;
      /** The notifications of the channel or reminder up to this one were read or deleted; close them. */
      lastReadSeq: Seq;
    }
  | {
      type: "summary";
      /** The user who is notified. A browser may have had several. */
      userId: UserId;
      at: Timestamp;
      /**
       * The number of unread notifications that were not pushed one by one, exact up to 99. 0: they were read; close
       * the summary.
       */
      count: number;
    };

export interface CreatePushSubscriptionInput {
  body: CreatePushSubscriptionBody;
}

export interface CreatePushSubscriptionBody {
  /** The URL of the push service: https, to a public address. */
  endpoint: string;
  /** When the push service ends the subscription, in ms since 1970. */
  expirationTime?: number | null;
  /** The keys with which pushes are encrypted (RFC 8291), in base64url. */
  keys: {
    /** The public key of the subscription: an uncompressed point of P-256, 65 bytes. */
    p256dh: string;
    /** The authentication secret of the subscription: 16 bytes. */
    auth: string;
  };
  /** A name for the list. Default: the `User-Agent` of the request. 1 to 80 characters. */
  device?: string;
}

/** A browser that is sent pushes, without its endpoint and keys. */
export interface WebPushSubscription {
  id: PushSubscriptionId;
  /** The host of the push service. The rest of the endpoint is not returned. */
  host: string;
  /** A name for the list. */
  device: string;
  /** The session that it belongs to, and ends with. */
  sessionId: SessionId;
  /** Whether that is the session of the current request. */
  current: boolean;
  createdAt: Timestamp;
  /** When the push service last accepted a push, to the hour. Null: never. */
  lastPushAt: Timestamp | null;
  /** When the push service ends it. Null: unknown. */
  expiresAt: Timestamp | null;
}

export interface DeletePushSubscriptionInput {
  params: {
    pushSubscriptionId: PushSubscriptionId;
  };
}

export type GetPushSubscriptionsInput = NoInput;

export type GetWebPushInput = NoInput;

export interface GetWebPushResponse {
  /** `applicationServerKey` of `pushManager.subscribe` (RFC 8292), in base64url. Null: this server sends no pushes. */
  publicKey: string | null;
}

/**
 * Subscribe a browser to pushes of your notifications, until your session ends. Repeat it at each start: the
 * same endpoint updates its subscription.
 *
 * `POST /v1/users/me/push-subscriptions`
 *
 * A browser that is sent pushes, without its endpoint and keys.
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createPushSubscription: Endpoint<CreatePushSubscriptionInput, WebPushSubscription> = {
  method: "POST",
  path: "/v1/users/me/push-subscriptions",
  sends: "json",
  idempotent: true,
};

/**
 * End a subscription to pushes.
 *
 * `DELETE /v1/users/me/push-subscriptions/:pushSubscriptionId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deletePushSubscription: Endpoint<DeletePushSubscriptionInput, undefined> = {
  method: "DELETE",
  path: "/v1/users/me/push-subscriptions/:pushSubscriptionId",
  answers: "nothing",
  idempotent: true,
};

/**
 * List your browsers that are subscribed to pushes, newest first: at most 20.
 *
 * `GET /v1/users/me/push-subscriptions`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getPushSubscriptions: Endpoint<GetPushSubscriptionsInput, Page<WebPushSubscription>> = {
  method: "GET",
  path: "/v1/users/me/push-subscriptions",
  idempotent: true,
};

/**
 * Get the key with which a browser subscribes to pushes.
 *
 * `GET /v1/push`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getWebPush: Endpoint<GetWebPushInput, GetWebPushResponse> = {
  method: "GET",
  path: "/v1/push",
  idempotent: true,
};
