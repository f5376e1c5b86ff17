import { z } from "zod";
import {
  ChannelId,
  label,
  MessageId,
  PushSubscriptionId,
  ReminderId,
  Seq,
  SessionId,
  Timestamp,
  UserId,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";
import { NotificationKind } from "./notifications.ts";

/** The latest time that a `Date` can have, in ms since 1970. */
const maxTimeMs = 8.64e15;

/** Bytes in base64url (RFC 4648 section 5), with or without padding. */
const bytesOf = (length: number, padding: number) =>
  z
    .string()
    .max(Math.ceil((length * 4) / 3) + padding)
    .regex(/^[A-Za-z0-9_-]*={0,2}$/, "Must be base64url");

const PushKeys = z
  .strictObject({
    p256dh: bytesOf(65, 1).meta({
      description: "The public key of the subscription: an uncompressed point of P-256, 65 bytes.",
      examples: ["BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"],
    }),
    auth: bytesOf(16, 2).meta({
      description: "The authentication secret of the subscription: 16 bytes.",
      examples: ["BTBZMqHH6r4Tts7J_aSIgg"],
    }),
  })
  .meta({ description: "The keys with which pushes are encrypted (RFC 8291), in base64url." });

export const WebPushSubscription = z
  .object({
    id: PushSubscriptionId,
    host: z.string().meta({
      description: "The host of the push service. The rest of the endpoint is not returned.",
      examples: ["updates.push.services.mozilla.com"],
    }),
    device: z.string().meta({ description: "A name for the list." }),
    sessionId: SessionId.meta({ description: "The session that it belongs to, and ends with." }),
    current: z.boolean().meta({ description: "Whether that is the session of the current request." }),
    createdAt: Timestamp,
    lastPushAt: Timestamp.nullable().meta({
      description: "When the push service last accepted a push, to the hour. Null: never.",
    }),
    expiresAt: Timestamp.nullable().meta({ description: "When the push service ends it. Null: unknown." }),
  })
  .meta({
    id: "WebPushSubscription",
    description: "A browser that is sent pushes, without its endpoint and keys.",
  });
export type WebPushSubscription = z.infer<typeof WebPushSubscription>;

const about = {
  userId: UserId.meta({ description: "The user who is notified. A browser may have had several." }),
  at: Timestamp,
};

/** What the service worker receives in a `push` event, as JSON that is followed by spaces. It has ids only. */
export const PushPayload = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("notification"),
      ...about,
      seq: Seq.meta({ description: "The `seq` of the notification." }),
      kind: NotificationKind,
      channelId: ChannelId.nullable().meta({ description: "Null for a reminder that is about no message." }),
      messageId: MessageId.nullable(),
      threadId: MessageId.nullable(),
      reminderId: ReminderId.optional().meta({ description: "Only of a reminder." }),
      unreadSeqs: z.array(Seq).meta({
        description: `The unread notifications of the same channel, or the same reminder, that were pushed to this browser, this one included: the newest ${limits.pushUnreadSeqs}.`,
      }),
    }),
    z.object({
      type: z.literal("read"),
      ...about,
      channelId: ChannelId.nullable().meta({ description: "Null if it is about a reminder." }),
      reminderId: ReminderId.optional().meta({ description: "Only of a reminder." }),
      lastReadSeq: Seq.meta({
        description:
          "The notifications of the channel or reminder up to this one were read or deleted; close them.",
      }),
    }),
    z.object({
      type: z.literal("summary"),
      ...about,
      count: z.int().min(0).meta({
        description:
          "The number of unread notifications that were not pushed one by one, exact up to 99. 0: they were read; close the summary.",
      }),
    }),
  ])
  .meta({ id: "PushPayload", description: "The content of a push." });
export type PushPayload = z.infer<typeof PushPayload>;

const subscriptionParams = z.object({ pushSubscriptionId: PushSubscriptionId });
const tag = "push";

export const getWebPush = endpoint({
  method: "get",
  path: "/v1/push",
  tag,
  auth: "user",
  summary: "Get the key with which a browser subscribes to pushes",
  status: 200,
  response: z.object({
    publicKey: z
      .string()
      .nullable()
      .meta({
        description:
          "`applicationServerKey` of `pushManager.subscribe` (RFC 8292), in base64url. Null: this server sends no pushes.",
        examples: ["BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"],
      }),
  }),
  errors: [],
});

export const createPushSubscription = endpoint({
  method: "post",
  path: "/v1/users/me/push-subscriptions",
  tag,
  auth: "user",
  scope: "session",
  summary:
    "Subscribe a browser to pushes of your notifications, until your session ends. Repeat it at each start: the same endpoint updates its subscription",
  body: z.strictObject({
    endpoint: z
      .string()
      .min(1)
      .max(limits.urlLength)
      .meta({
        description: "The URL of the push service: https, to a public address.",
        examples: ["https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl"],
      }),
    expirationTime: z.number().min(0).max(maxTimeMs).nullable().optional().meta({
      description: "When the push service ends the subscription, in ms since 1970.",
    }),
    keys: PushKeys,
    device: label(1, 80).optional().meta({
      description: "A name for the list. Default: the `User-Agent` of the request.",
    }),
  }),
  status: 201,
  repeatStatus: 200,
  repeatable: true,
  response: WebPushSubscription,
  errors: ["conflict"],
});

export const getPushSubscriptions = endpoint({
  method: "get",
  path: "/v1/users/me/push-subscriptions",
  tag,
  auth: "user",
  scope: "session",
  summary: `List your browsers that are subscribed to pushes, newest first: at most ${limits.pushSubscriptions}`,
  status: 200,
  response: z.object({ items: z.array(WebPushSubscription), nextCursor: z.null() }),
  errors: [],
});

export const deletePushSubscription = endpoint({
  method: "delete",
  path: "/v1/users/me/push-subscriptions/:pushSubscriptionId",
  tag,
  auth: "user",
  scope: "session",
  summary: "End a subscription to pushes",
  params: subscriptionParams,
  status: 204,
  errors: [],
});
