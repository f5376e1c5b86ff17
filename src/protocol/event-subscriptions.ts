import { z } from "zod";
import {
  ChannelId,
  DeliveryId,
  label,
  page,
  PageQuery,
  Seq,
  Timestamp,
  UserId,
  EventSubscriptionId,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";
import { SlackSigningSecret } from "./compatibility.ts";
import { type EventType, eventTypes } from "./events.ts";

/** The maximum number of channels that a subscription names. Without names it has all public channels. */
const maxChannels = 100;

const isUnique = (items: readonly string[]): boolean => new Set(items).size === items.length;

const EventTypes = z
  .array(z.enum(eventTypes as [EventType, ...EventType[]]))
  .min(1)
  .max(eventTypes.length)
  .refine(isUnique, "Must not repeat a type")
  .meta({ description: "The types of channel events that are sent." });
const ChannelIds = z
  .array(ChannelId)
  .min(1)
  .max(maxChannels)
  .refine(isUnique, "Must not repeat a channel")
  .meta({ description: "The channels whose events are sent. You must be able to read them." });
const Url = z.string().min(1).max(limits.urlLength).meta({
  description: "Where events are posted: https, to a public address. Redirections are not followed.",
});
const Secret = z.string().meta({
  description:
    "Verifies the signatures (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again.",
  examples: ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
});

export const SubscriptionFormatName = z.enum(["parley", "slack"]).meta({
  id: "SubscriptionFormatName",
  description: "The body and the signature of requests. `slack`: as Slack's Events API sends them.",
});
export type SubscriptionFormatName = z.infer<typeof SubscriptionFormatName>;

export const SubscriptionState = z.enum(["active", "paused", "disabled"]).meta({
  id: "SubscriptionState",
  description:
    "`paused`: by a user, or because the account of its owner is suspended. `disabled`: the receiver failed for too long, or responded with 410. Only `active` ones are sent events; activate it again with `updateEventSubscription`.",
});
export type SubscriptionState = z.infer<typeof SubscriptionState>;

export const SubscriptionStateReason = z.enum(["user", "owner_suspended", "failing", "gone"]).meta({
  id: "SubscriptionStateReason",
  description:
    "Why it is not active. `user`: paused over the API. `owner_suspended`: continues when the owner is reactivated. `failing`: no successful response for 24 hours. `gone`: the receiver responded with 410.",
});
export type SubscriptionStateReason = z.infer<typeof SubscriptionStateReason>;

export const EventSubscription = z
  .object({
    id: EventSubscriptionId,
    ownerId: UserId.meta({
      description: "The user or bot that created it. Only events that they may read are sent.",
    }),
    name: z.string(),
    url: z.string().meta({ description: "Without path and query in subscriptions of others." }),
    events: EventTypes,
    channelIds: z.array(ChannelId).nullable().meta({
      description:
        "Null: all public channels, also those that are created later. Empty in subscriptions of others that name channels.",
    }),
    format: SubscriptionFormatName,
    state: SubscriptionState,
    stateReason: SubscriptionStateReason.nullable().meta({ description: "Null while it is active." }),
    failingSince: Timestamp.nullable().meta({
      description: "When the oldest event that is still being repeated was first sent.",
    }),
    formerSecretExpiresAt: Timestamp.nullable().meta({
      description:
        "Until then requests are signed with the former secret as well, after `rotateSubscriptionSecret`.",
    }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({
    id: "EventSubscription",
    description:
      "A subscription to events of channels, which are posted to a URL. Its secret is not part of it.",
  });
export type EventSubscription = z.infer<typeof EventSubscription>;

export const EventDelivery = z
  .object({
    id: DeliveryId.meta({ description: "The header `webhook-id`, the same in every attempt." }),
    channelId: ChannelId,
    seq: Seq.meta({ description: "The sequence number of the event in the channel's log." }),
    type: z.string().meta({ description: "The type of the event." }),
    state: z.enum(["delivered", "retrying", "failed"]).meta({
      description: "`failed`: it will not be repeated, except by `redeliverEvent`.",
    }),
    attempts: z.int().min(1).meta({ description: "How often it was sent, redeliveries included." }),
    status: z.int().nullable().meta({
      description: "The status of the last response; null if there was none.",
    }),
    error: z
      .enum([
        "invalid_url",
        "forbidden_url",
        "unknown_host",
        "resolver_failed",
        "timeout",
        "unreachable",
        "status",
      ])
      .nullable()
      .meta({ description: "Why the last attempt failed. `status`: the response was not 2xx." }),
    latencyMs: z.int().meta({ description: "How long the last attempt took." }),
    firstAttemptAt: Timestamp,
    lastAttemptAt: Timestamp,
  })
  .meta({
    id: "EventDelivery",
    description:
      "An event that was sent, or is being sent, to the URL of a subscription: without the event's content.",
  });
export type EventDelivery = z.infer<typeof EventDelivery>;

const SubscriptionWithSecret = z.object({ subscription: EventSubscription, secret: Secret });
const subscriptionParams = z.object({ subscriptionId: EventSubscriptionId });
const name = label(1, 80);

export const createEventSubscription = endpoint({
  method: "post",
  path: "/v1/event-subscriptions",
  tag: "event-subscriptions",
  auth: "user",
  summary:
    "Create a subscription: events of channels are posted to a URL. For bots, and for the workspace's owner and admins",
  body: z.strictObject({
    name: name.optional().meta({ description: "Absent: the host of the URL." }),
    url: Url,
    events: EventTypes,
    channelIds: ChannelIds.optional().meta({
      description: "Absent: all public channels, also those that are created later.",
    }),
    signingSecret: SlackSigningSecret.optional(),
  }),
  action: "createEventSubscription",
  status: 201,
  response: SubscriptionWithSecret,
  errors: ["forbidden", "conflict", "not_found"],
});

export const getEventSubscriptions = endpoint({
  method: "get",
  path: "/v1/event-subscriptions",
  tag: "event-subscriptions",
  auth: "user",
  summary: "List subscriptions, newest first: your own; for the workspace's owner and admins all",
  query: PageQuery,
  status: 200,
  response: page(EventSubscription),
  errors: [],
});

export const getEventSubscription = endpoint({
  method: "get",
  path: "/v1/event-subscriptions/:subscriptionId",
  tag: "event-subscriptions",
  auth: "user",
  summary: "Get a subscription",
  params: subscriptionParams,
  status: 200,
  response: EventSubscription,
  errors: [],
});

export const updateEventSubscription = endpoint({
  method: "patch",
  path: "/v1/event-subscriptions/:subscriptionId",
  tag: "event-subscriptions",
  auth: "user",
  summary:
    "Change a subscription, pause it or activate it again. Events of the time in which it was not active are not sent. The workspace's owner and admins can only pause those of others",
  params: subscriptionParams,
  body: z
    .strictObject({
      name: name.optional(),
      url: Url.optional(),
      events: EventTypes.optional(),
      channelIds: ChannelIds.nullable().optional().meta({ description: "Null: all public channels." }),
      active: z.boolean().optional(),
    })
    .refine((change) => Object.keys(change).length > 0, "Must change something"),
  status: 200,
  response: EventSubscription,
  errors: ["forbidden"],
});

export const deleteEventSubscription = endpoint({
  method: "delete",
  path: "/v1/event-subscriptions/:subscriptionId",
  tag: "event-subscriptions",
  auth: "user",
  summary: "Delete a subscription: your own; for the workspace's owner and admins any",
  params: subscriptionParams,
  status: 204,
  errors: [],
});

export const rotateSubscriptionSecret = endpoint({
  method: "post",
  path: "/v1/event-subscriptions/:subscriptionId/secret",
  tag: "event-subscriptions",
  auth: "user",
  summary:
    "Replace the secret of your subscription. For 24 hours requests are signed with both, so that no request is rejected meanwhile",
  params: subscriptionParams,
  status: 200,
  response: SubscriptionWithSecret,
  errors: ["forbidden"],
});

export const getEventDeliveries = endpoint({
  method: "get",
  path: "/v1/event-subscriptions/:subscriptionId/deliveries",
  tag: "event-subscriptions",
  auth: "user",
  summary: "List the last 100 deliveries of a subscription, newest first",
  params: subscriptionParams,
  status: 200,
  response: z.object({ items: z.array(EventDelivery), nextCursor: z.null() }),
  errors: [],
});

export const redeliverEvent = endpoint({
  method: "post",
  path: "/v1/event-subscriptions/:subscriptionId/deliveries/:deliveryId/redeliver",
  tag: "event-subscriptions",
  auth: "user",
  summary:
    "Send a delivery of your subscription again, once, with the same `webhook-id`. Returns how it went",
  params: subscriptionParams.extend({ deliveryId: DeliveryId }),
  status: 200,
  response: EventDelivery,
  errors: ["forbidden", "conflict"],
});
