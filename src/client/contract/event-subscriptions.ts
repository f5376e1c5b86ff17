// Generated from src/protocol/event-subscriptions.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  DeliveryId,
  EventSubscriptionId,
  Page,
  PageQuery,
  Seq,
  Timestamp,
  UserId,
} from "./common.ts";

/**
 * Why it is not active. `user`: paused over the API. `owner_suspended`: continues when the owner is reactivated.
 * `failing`: no successful response for 24 hours. `gone`: the receiver responded with 410.
 */
export type SubscriptionStateReason = "user" | "owner_suspended" | "failing" | "gone";

export interface CreateEventSubscriptionInput {
  body: CreateEventSubscriptionBody;
}

export interface CreateEventSubscriptionBody {
  /** Absent: the host of the URL. 1 to 80 characters. */
  name?: string;
  /** Where events are posted: https, to a public address. Redirections are not followed. */
  url: string;
  /** The types of channel events that are sent. */
  events: (
    | "channelCreate"
    | "channelUpdate"
    | "channelDelete"
    | "memberJoin"
    | "memberLeave"
    | "memberUpdate"
    | "memberMute"
    | "memberUnmute"
    | "messageCreate"
    | "messageUpdate"
    | "messageDelete"
    | "messagePin"
    | "messageUnpin"
    | "reactionAdd"
    | "reactionRemove"
    | "threadCreate"
    | "threadUpdate"
    | "threadDelete"
  )[];
  /** Absent: all public channels, also those that are created later. */
  channelIds?: ChannelId[];
  /**
   * The signing secret of a program for Slack: requests to `url` are then those of Slack, signed with it.
   * docs/slack.md.
   */
  signingSecret?: string;
}

export interface CreateEventSubscriptionResponse {
  subscription: EventSubscription;
  /** Verifies the signatures (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again. */
  secret: string;
}

/** A subscription to events of channels, which are posted to a URL. Its secret is not part of it. */
export interface EventSubscription {
  id: EventSubscriptionId;
  /** The user or bot that created it. Only events that they may read are sent. */
  ownerId: UserId;
  name: string;
  /** Without path and query in subscriptions of others. */
  url: string;
  /** The types of channel events that are sent. */
  events: (
    | "channelCreate"
    | "channelUpdate"
    | "channelDelete"
    | "memberJoin"
    | "memberLeave"
    | "memberUpdate"
    | "memberMute"
    | "memberUnmute"
    | "messageCreate"
    | "messageUpdate"
    | "messageDelete"
    | "messagePin"
    | "messageUnpin"
    | "reactionAdd"
    | "reactionRemove"
    | "threadCreate"
    | "threadUpdate"
    | "threadDelete"
  )[];
  /**
   * Null: all public channels, also those that are created later. Empty in subscriptions of others that name
   * channels.
   */
  channelIds: ChannelId[] | null;
  format: SubscriptionFormatName;
  state: SubscriptionState;
  /** Null while it is active. */
  stateReason: SubscriptionStateReason | null;
  /** When the oldest event that is still being repeated was first sent. */
  failingSince: Timestamp | null;
  /** Until then requests are signed with the former secret as well, after `rotateSubscriptionSecret`. */
  formerSecretExpiresAt: Timestamp | null;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

/** The body and the signature of requests. `slack`: as Slack's Events API sends them. */
export type SubscriptionFormatName = "parley" | "slack";

/**
 * `paused`: by a user, or because the account of its owner is suspended. `disabled`: the receiver failed for too
 * long, or responded with 410. Only `active` ones are sent events; activate it again with
 * `updateEventSubscription`.
 */
export type SubscriptionState = "active" | "paused" | "disabled";

export interface DeleteEventSubscriptionInput {
  params: {
    subscriptionId: EventSubscriptionId;
  };
}

export interface GetEventDeliveriesInput {
  params: {
    subscriptionId: EventSubscriptionId;
  };
}

/** An event that was sent, or is being sent, to the URL of a subscription: without the event's content. */
export interface EventDelivery {
  /** The header `webhook-id`, the same in every attempt. */
  id: DeliveryId;
  channelId: ChannelId;
  /** The sequence number of the event in the channel's log. */
  seq: Seq;
  /** The type of the event. */
  type: string;
  /** `failed`: it will not be repeated, except by `redeliverEvent`. */
  state: "delivered" | "retrying" | "failed";
  /** How often it was sent, redeliveries included. */
  attempts: number;
  /** The status of the last response; null if there was none. */
  status: number | null;
  /** Why the last attempt failed. `status`: the response was not 2xx. */
  error:
    | "invalid_url"
    | "forbidden_url"
    | "unknown_host"
    | "resolver_failed"
    | "timeout"
    | "unreachable"
    | "status"
    | null;
  /** How long the last attempt took. */
  latencyMs: number;
  firstAttemptAt: Timestamp;
  lastAttemptAt: Timestamp;
}

export interface GetEventSubscriptionInput {
  params: {
    subscriptionId: EventSubscriptionId;
  };
}

export interface GetEventSubscriptionsInput {
  query?: PageQuery;
}

export interface RedeliverEventInput {
  params: {
    subscriptionId: EventSubscriptionId;
    deliveryId: DeliveryId;
  };
}

export interface RotateSubscriptionSecretInput {
  params: {
    subscriptionId: EventSubscriptionId;
  };
}

export interface RotateSubscriptionSecretResponse {
  subscription: EventSubscription;
  /** Verifies the signatures (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again. */
  secret: string;
}

export interface UpdateEventSubscriptionInput {
  params: {
    subscriptionId: EventSubscriptionId;
  };
  body: UpdateEventSubscriptionBody;
}

export interface UpdateEventSubscriptionBody {
  /** 1 to 80 characters. */
  name?: string;
  /** Where events are posted: https, to a public address. Redirections are not followed. */
  url?: string;
  /** The types of channel events that are sent. */
  events?: (
    | "channelCreate"
    | "channelUpdate"
    | "channelDelete"
    | "memberJoin"
    | "memberLeave"
    | "memberUpdate"
    | "memberMute"
    | "memberUnmute"
    | "messageCreate"
    | "messageUpdate"
    | "messageDelete"
    | "messagePin"
    | "messageUnpin"
    | "reactionAdd"
    | "reactionRemove"
    | "threadCreate"
    | "threadUpdate"
    | "threadDelete"
  )[];
  /** Null: all public channels. */
  channelIds?: ChannelId[] | null;
  active?: boolean;
}

/**
 * Create a subscription: events of channels are posted to a URL. For bots, and for the workspace's owner and
 * admins.
 *
 * `POST /v1/event-subscriptions`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createEventSubscription: Endpoint<
  CreateEventSubscriptionInput,
  CreateEventSubscriptionResponse
> = { method: "POST", path: "/v1/event-subscriptions", sends: "json" };

/**
 * Delete a subscription: your own; for the workspace's owner and admins any.
 *
 * `DELETE /v1/event-subscriptions/:subscriptionId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteEventSubscription: Endpoint<DeleteEventSubscriptionInput, undefined> = {
  method: "DELETE",
  path: "/v1/event-subscriptions/:subscriptionId",
  answers: "nothing",
  idempotent: true,
};

/**
 * List the last 100 deliveries of a subscription, newest first.
 *
 * `GET /v1/event-subscriptions/:subscriptionId/deliveries`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getEventDeliveries: Endpoint<GetEventDeliveriesInput, Page<EventDelivery>> = {
  method: "GET",
  path: "/v1/event-subscriptions/:subscriptionId/deliveries",
  idempotent: true,
};

/**
 * Get a subscription.
 *
 * `GET /v1/event-subscriptions/:subscriptionId`
 *
 * A subscription to events of channels, which are posted to a URL. Its secret is not part of it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getEventSubscription: Endpoint<GetEventSubscriptionInput, EventSubscription> = {
  method: "GET",
  path: "/v1/event-subscriptions/:subscriptionId",
  idempotent: true,
  pages: "events",
};

/**
 * List subscriptions, newest first: your own; for the workspace's owner and admins all.
 *
 * `GET /v1/event-subscriptions`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getEventSubscriptions: Endpoint<GetEventSubscriptionsInput, Page<EventSubscription>> = {
  method: "GET",
  path: "/v1/event-subscriptions",
  idempotent: true,
  pages: "cursor",
};

/**
 * Send a delivery of your subscription again, once, with the same `webhook-id`. Returns how it went.
 *
 * `POST /v1/event-subscriptions/:subscriptionId/deliveries/:deliveryId/redeliver`
 *
 * An event that was sent, or is being sent, to the URL of a subscription: without the event's content.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const redeliverEvent: Endpoint<RedeliverEventInput, EventDelivery> = {
  method: "POST",
  path: "/v1/event-subscriptions/:subscriptionId/deliveries/:deliveryId/redeliver",
};

/**
 * Replace the secret of your subscription. For 24 hours requests are signed with both, so that no request is
 * rejected meanwhile.
 *
 * `POST /v1/event-subscriptions/:subscriptionId/secret`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const rotateSubscriptionSecret: Endpoint<
  RotateSubscriptionSecretInput,
  RotateSubscriptionSecretResponse
> = { method: "POST", path: "/v1/event-subscriptions/:subscriptionId/secret" };

/**
 * Change a subscription, pause it or activate it again. Events of the time in which it was not active are not
 * sent. The workspace's owner and admins can only pause those of others.
 *
 * `PATCH /v1/event-subscriptions/:subscriptionId`
 *
 * A subscription to events of channels, which are posted to a URL. Its secret is not part of it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateEventSubscription: Endpoint<UpdateEventSubscriptionInput, EventSubscription> = {
  method: "PATCH",
  path: "/v1/event-subscriptions/:subscriptionId",
  sends: "json",
  pages: "events",
};
