// Generated from src/protocol/records.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { ChannelId, MessageId, Page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";
import type { JobResponse } from "./jobs.ts";

export interface EraseUserInput {
  params: {
    userId: UserId;
  };
  body: EraseUserBody;
}

export interface EraseUserBody {
  /** `delete` the user's messages, or `keep` them as those of a deleted user. */
  messages: EraseMessages;
  /**
   * The current password. To erase the own account, it or `code` is needed unless the session began within the
   * last 15 minutes.
   */
  password?: string;
  /** A code of the authenticator app, or a recovery code. */
  code?: string;
}

export type EraseMessages = "keep" | "delete";

export type ExportMeInput = NoInput;

export interface GetHeldMessagesInput {
  params: {
    channelId: ChannelId;
  };
  query?: PageQuery;
}

/** An event of a message that was deleted during a legal hold. */
export interface HeldMessage {
  messageId: MessageId;
  seq: Seq;
  at: Timestamp;
  /** The type of the event. */
  type: string;
  /** The event as it was before the deletion. */
  data: Record<string, unknown>;
}

export interface GetRetentionInput {
  params: {
    channelId: ChannelId;
  };
}

/** After how long the messages of a channel are deleted, and its legal hold. */
export interface Retention {
  channelId: ChannelId;
  /** After how many days messages are deleted; null: the workspace's period, if it has one. */
  days: number | null;
  /** While true, nothing is deleted by age, and deleted messages are kept for admins. */
  legalHold: boolean;
  /** The period that applies; null: messages are kept without limit. */
  effectiveDays: number | null;
}

export interface PurgeChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface UpdateRetentionInput {
  params: {
    channelId: ChannelId;
  };
  body: UpdateRetentionBody;
}

export interface UpdateRetentionBody {
  /** After how many days messages are deleted; null: the workspace's period. */
  days?: number | null;
  /** Whether the channel is under a legal hold. */
  legalHold?: boolean;
}

/**
 * Erase an account for good: a job. For the user themself, and for the workspace's owner and admins; never the
 * owner's account.
 *
 * `POST /v1/users/:userId/erase`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const eraseUser: Endpoint<EraseUserInput, JobResponse> = {
  method: "POST",
  path: "/v1/users/:userId/erase",
  sends: "json",
  idempotent: true,
};

/**
 * Export the own data as a tar archive: a job, at most one a day. Another request on the same day returns it
 * again.
 *
 * `POST /v1/users/me/export`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const exportMe: Endpoint<ExportMeInput, JobResponse> = {
  method: "POST",
  path: "/v1/users/me/export",
  idempotent: true,
};

/**
 * List what was deleted in a channel since its legal hold began. For the workspace's owner and admins; each call
 * is recorded in the audit log.
 *
 * `GET /v1/channels/:channelId/held-messages`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getHeldMessages: Endpoint<GetHeldMessagesInput, Page<HeldMessage>> = {
  method: "GET",
  path: "/v1/channels/:channelId/held-messages",
  idempotent: true,
  pages: "cursor",
};

/**
 * Get the retention period and the legal hold of a channel. For the workspace's owner and admins.
 *
 * `GET /v1/channels/:channelId/retention`
 *
 * After how long the messages of a channel are deleted, and its legal hold.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getRetention: Endpoint<GetRetentionInput, Retention> = {
  method: "GET",
  path: "/v1/channels/:channelId/retention",
  idempotent: true,
};

/**
 * Delete a channel for good, with everything in it: a job. For its owners, and for the workspace's owner and
 * admins.
 *
 * `POST /v1/channels/:channelId/purge`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const purgeChannel: Endpoint<PurgeChannelInput, JobResponse> = {
  method: "POST",
  path: "/v1/channels/:channelId/purge",
  idempotent: true,
};

/**
 * Set the retention period or the legal hold of a channel. For the workspace's owner and admins. A field that is
 * absent stays as it is.
 *
 * `PUT /v1/channels/:channelId/retention`
 *
 * After how long the messages of a channel are deleted, and its legal hold.
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateRetention: Endpoint<UpdateRetentionInput, Retention> = {
  method: "PUT",
  path: "/v1/channels/:channelId/retention",
  sends: "json",
  idempotent: true,
};
