// Generated from src/protocol/webhooks.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, DeliveryId, Page, PageQuery, Seq, Timestamp, UserId, WebhookId } from "./common.ts";

/**
 * Why it is not active. `user`: paused over the API. `owner_suspended`: continues when the owner is reactivated.
 * `failing`: no successful response for 24 hours. `gone`: the receiver responded with 410.
 */
export type WebhookStateReason = "user" | "owner_suspended" | "failing" | "gone";

export interface CreateWebhookInput {
  body: CreateWebhookBody;
}

export interface CreateWebhookBody {
  /** 1 to 80 characters. */
  name: string;
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

export interface CreateWebhookResponse {
  webhook: Webhook;
  /** Verifies the signatures (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again. */
  secret: string;
}

/** A subscription to events of channels, which are posted to a URL. Its secret is not part of it. */
export interface Webhook {
  id: WebhookId;
  /** The user or bot that created it. Only events that they may read are sent. */
  ownerId: UserId;
  name: string;
  /** Without path and query in webhooks of others. */
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
  /** Null: all public channels, also those that are created later. Empty in webhooks of others that name channels. */
  channelIds: ChannelId[] | null;
  format: WebhookFormatName;
  state: WebhookState;
  /** Null while it is active. */
  stateReason: WebhookStateReason | null;
  /** When the oldest event that is still being repeated was first sent. */
  failingSince: Timestamp | null;
  /** Until then requests are signed with the former secret as well, after `rotateWebhookSecret`. */
  formerSecretExpiresAt: Timestamp | null;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

/** The body and the signature of requests. `slack`: as Slack's Events API sends them. */
export type WebhookFormatName = "parley" | "slack";

/**
 * `paused`: by a user, or because the account of its owner is suspended. `disabled`: the receiver failed for too
 * long, or responded with 410. Only `active` ones are sent events; activate it again with `updateWebhook`.
 */
export type WebhookState = "active" | "paused" | "disabled";

export interface DeleteWebhookInput {
  params: {
    webhookId: WebhookId;
  };
}

export interface GetWebhookInput {
  params: {
    webhookId: WebhookId;
  };
}

export interface GetWebhookDeliveriesInput {
  params: {
    webhookId: WebhookId;
  };
}

/** An event that was sent, or is being sent, to the URL of a webhook: without the event's content. */
export interface WebhookDelivery {
  /** The header `webhook-id`, the same in every attempt. */
  id: DeliveryId;
  channelId: ChannelId;
  /** The sequence number of the event in the channel's log. */
  seq: Seq;
  /** The type of the event. */
  type: string;
  /** `failed`: it will not be repeated, except by `redeliverWebhookEvent`. */
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

export interface GetWebhooksInput {
  query?: PageQuery;
}

export interface RedeliverWebhookEventInput {
  params: {
    webhookId: WebhookId;
    deliveryId: DeliveryId;
  };
}

export interface RotateWebhookSecretInput {
  params: {
    webhookId: WebhookId;
  };
}

export interface RotateWebhookSecretResponse {
  webhook: Webhook;
  /** Verifies the signatures (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again. */
  secret: string;
}

export interface UpdateWebhookInput {
  params: {
    webhookId: WebhookId;
  };
  body: UpdateWebhookBody;
}

export interface UpdateWebhookBody {
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
 * Create a webhook: events of channels are posted to a URL. For bots, and for the workspace's owner and admins.
 *
 * `POST /v1/webhooks`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createWebhook: Endpoint<CreateWebhookInput, CreateWebhookResponse> = {
  method: "POST",
  path: "/v1/webhooks",
  sends: "json",
};

/**
 * Delete a webhook: your own; for the workspace's owner and admins any.
 *
 * `DELETE /v1/webhooks/:webhookId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteWebhook: Endpoint<DeleteWebhookInput, undefined> = {
  method: "DELETE",
  path: "/v1/webhooks/:webhookId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get a webhook.
 *
 * `GET /v1/webhooks/:webhookId`
 *
 * A subscription to events of channels, which are posted to a URL. Its secret is not part of it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getWebhook: Endpoint<GetWebhookInput, Webhook> = {
  method: "GET",
  path: "/v1/webhooks/:webhookId",
  idempotent: true,
  pages: "events",
};

/**
 * List the last 100 deliveries of a webhook, newest first.
 *
 * `GET /v1/webhooks/:webhookId/deliveries`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getWebhookDeliveries: Endpoint<GetWebhookDeliveriesInput, Page<WebhookDelivery>> = {
  method: "GET",
  path: "/v1/webhooks/:webhookId/deliveries",
  idempotent: true,
};

/**
 * List webhooks, newest first: your own; for the workspace's owner and admins all.
 *
 * `GET /v1/webhooks`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getWebhooks: Endpoint<GetWebhooksInput, Page<Webhook>> = {
  method: "GET",
  path: "/v1/webhooks",
  idempotent: true,
  pages: "cursor",
};

/**
 * Send a delivery of your webhook again, once, with the same `webhook-id`. Returns how it went.
 *
 * `POST /v1/webhooks/:webhookId/deliveries/:deliveryId/redeliver`
 *
 * An event that was sent, or is being sent, to the URL of a webhook: without the event's content.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const redeliverWebhookEvent: Endpoint<RedeliverWebhookEventInput, WebhookDelivery> = {
  method: "POST",
  path: "/v1/webhooks/:webhookId/deliveries/:deliveryId/redeliver",
};

/**
 * Replace the secret of your webhook. For 24 hours requests are signed with both, so that no request is rejected
 * meanwhile.
 *
 * `POST /v1/webhooks/:webhookId/rotate`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const rotateWebhookSecret: Endpoint<RotateWebhookSecretInput, RotateWebhookSecretResponse> = {
  method: "POST",
  path: "/v1/webhooks/:webhookId/rotate",
};

/**
 * Change a webhook, pause it or activate it again. Events of the time in which it was not active are not sent.
 * The workspace's owner and admins can only pause those of others.
 *
 * `PATCH /v1/webhooks/:webhookId`
 *
 * A subscription to events of channels, which are posted to a URL. Its secret is not part of it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateWebhook: Endpoint<UpdateWebhookInput, Webhook> = {
  method: "PATCH",
  path: "/v1/webhooks/:webhookId",
  sends: "json",
  pages: "events",
};
