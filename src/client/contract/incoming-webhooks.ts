// Generated from src/protocol/incoming-webhooks.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, FileId, IncomingWebhookId, Page, PageQuery, Timestamp, UserId } from "./common.ts";

export interface CreateIncomingWebhookInput {
  params: {
    channelId: ChannelId;
  };
  body: CreateIncomingWebhookBody;
}

export interface CreateIncomingWebhookBody {
  /** 1 to 80 characters. */
  name: string;
  /** An emoji's name between colons, or an https URL of an image. */
  icon?: string;
  /**
   * A picture that you uploaded, of at most 1 MiB and 2048 × 2048 pixels. The bot of the webhook gets a copy of it
   * as its avatar.
   */
  avatarFileId?: FileId;
  /** Only admins of the workspace may set it. */
  anyChannel?: boolean;
}

export interface CreateIncomingWebhookResponse {
  webhook: IncomingWebhook;
  /** Where programs post. It contains the secret, is shown once and can't be read again. */
  url: string;
}

/** A URL to which programs post messages of one channel, without its secret. */
export interface IncomingWebhook {
  id: IncomingWebhookId;
  channelId: ChannelId;
  name: string;
  /** As in the `sender` of a message. */
  icon: string | null;
  /** The author of its messages. While it is no member of the channel, the webhook is disabled. */
  botUserId: UserId;
  /** A request may choose another channel, of which the bot is a member. */
  anyChannel: boolean;
  createdBy: UserId;
  createdAt: Timestamp;
}

export interface DeleteIncomingWebhookInput {
  params: {
    channelId: ChannelId;
    webhookId: IncomingWebhookId;
  };
}

export interface GetAllIncomingWebhooksInput {
  query?: PageQuery;
}

/** An incoming webhook in the list of all channels, with the name of its channel. */
export interface ListedWebhook extends IncomingWebhook {
  /** Null for a private channel that you are not a member of. You can't manage its webhooks. */
  channelName: string | null;
}

export interface GetIncomingWebhooksInput {
  params: {
    channelId: ChannelId;
  };
}

export interface RotateIncomingWebhookSecretInput {
  params: {
    channelId: ChannelId;
    webhookId: IncomingWebhookId;
  };
}

export interface RotateIncomingWebhookSecretResponse {
  webhook: IncomingWebhook;
  /** Where programs post. It contains the secret, is shown once and can't be read again. */
  url: string;
}

export interface UpdateIncomingWebhookInput {
  params: {
    channelId: ChannelId;
    webhookId: IncomingWebhookId;
  };
  body: UpdateIncomingWebhookBody;
}

export interface UpdateIncomingWebhookBody {
  /** 1 to 80 characters. */
  name?: string;
  /** An emoji's name between colons, or an https URL of an image. Null removes it. */
  icon?: string | null;
  /**
   * A picture that you uploaded, of at most 1 MiB and 2048 × 2048 pixels. The bot of the webhook gets a copy of it
   * as its avatar. Null removes it.
   */
  avatarFileId?: FileId | null;
  /** Only admins of the workspace may set it. */
  anyChannel?: boolean;
}

/**
 * Create an incoming webhook, with a bot that joins the channel. For moderators of the channel.
 *
 * `POST /v1/channels/:channelId/webhooks`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `quota_exceeded`,
 * `request_timeout`, `validation_failed`
 */
export const createIncomingWebhook: Endpoint<CreateIncomingWebhookInput, CreateIncomingWebhookResponse> = {
  method: "POST",
  path: "/v1/channels/:channelId/webhooks",
  sends: "json",
};

/**
 * Delete an incoming webhook. Its messages stay. For moderators of the channel.
 *
 * `DELETE /v1/channels/:channelId/webhooks/:webhookId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteIncomingWebhook: Endpoint<DeleteIncomingWebhookInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId/webhooks/:webhookId",
  answers: "nothing",
  idempotent: true,
};

/**
 * List the incoming webhooks of all channels, oldest first. For the workspace's owner and admins. The icon and
 * the channel's name are null for private channels that you are not in.
 *
 * `GET /v1/admin/webhooks`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getAllIncomingWebhooks: Endpoint<GetAllIncomingWebhooksInput, Page<ListedWebhook>> = {
  method: "GET",
  path: "/v1/admin/webhooks",
  idempotent: true,
  pages: "cursor",
};

/**
 * List the incoming webhooks of a channel, oldest first. For moderators of the channel.
 *
 * `GET /v1/channels/:channelId/webhooks`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getIncomingWebhooks: Endpoint<GetIncomingWebhooksInput, Page<IncomingWebhook>> = {
  method: "GET",
  path: "/v1/channels/:channelId/webhooks",
  idempotent: true,
};

/**
 * Replace the secret of an incoming webhook. Its earlier URL is rejected within 2 s.
 *
 * `POST /v1/channels/:channelId/webhooks/:webhookId/secret`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const rotateIncomingWebhookSecret: Endpoint<
  RotateIncomingWebhookSecretInput,
  RotateIncomingWebhookSecretResponse
> = { method: "POST", path: "/v1/channels/:channelId/webhooks/:webhookId/secret" };

/**
 * Change the name, the icon or the avatar of an incoming webhook. For moderators of the channel.
 *
 * `PATCH /v1/channels/:channelId/webhooks/:webhookId`
 *
 * A URL to which programs post messages of one channel, without its secret.
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `quota_exceeded`, `request_timeout`,
 * `validation_failed`
 */
export const updateIncomingWebhook: Endpoint<UpdateIncomingWebhookInput, IncomingWebhook> = {
  method: "PATCH",
  path: "/v1/channels/:channelId/webhooks/:webhookId",
  sends: "json",
};
