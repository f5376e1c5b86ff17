// Generated from src/protocol/scheduled-messages.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  Cursor,
  FileId,
  MessageId,
  Nonce,
  Page,
  ScheduledMessageId,
  Timestamp,
  TimestampInput,
} from "./common.ts";
import type { FileIds } from "./messages.ts";
import type {
  MessageAttachment,
  MessageKind,
  MessageMetadata,
  MessageSender,
  NewAttachments,
  NewSender,
} from "./formatting.ts";

/**
 * `pending`: waits for `sendAt`. `sending`: was handed to the channel, whose answer is outstanding; it can no
 * longer be changed. `sent`: `messageId` is the message. `failed`: `error` says why; change `sendAt` to send it
 * after all.
 */
export type ScheduledState = "pending" | "sending" | "sent" | "failed";

/** Why the channel rejected the message. */
export interface ScheduledError {
  code:
    | "validation_failed"
    | "unauthenticated"
    | "forbidden"
    | "second_factor_required"
    | "not_found"
    | "method_not_allowed"
    | "request_timeout"
    | "conflict"
    | "nonce_reused"
    | "length_required"
    | "payload_too_large"
    | "quota_exceeded"
    | "range_not_satisfiable"
    | "unsupported_media_type"
    | "upgrade_required"
    | "rate_limited"
    | "internal"
    | "bot_unavailable"
    | "unavailable";
  detail: string;
}

export interface CancelScheduledMessageInput {
  params: {
    scheduledMessageId: ScheduledMessageId;
  };
}

export interface CreateScheduledMessageInput {
  body: CreateScheduledMessageBody;
}

export interface CreateScheduledMessageBody {
  /** 0 to 8000 characters. */
  content: string;
  /**
   * An idempotency key that the client generates. Sending the same nonce again creates no second scheduled
   * message. 1 to 64 characters.
   */
  nonce?: Nonce;
  fileIds?: FileIds;
  kind?: MessageKind;
  /** Only bots may set another name or icon. */
  sender?: NewSender;
  /** Only bots may add attachments. */
  attachments?: NewAttachments;
  metadata?: MessageMetadata;
  channelId: ChannelId;
  /** Send it as a reply to this message. */
  threadId?: MessageId;
  /** Also show the reply in the channel's history. */
  alsoInChannel?: boolean;
  /** When to send it: in the future, at most 120 days ahead. */
  sendAt: TimestampInput;
}

/** A message that its author's hub sends at `sendAt`. */
export interface ScheduledMessage {
  id: ScheduledMessageId;
  channelId: ChannelId;
  threadId: MessageId | null;
  /** The reply is also shown in the channel's history. */
  alsoInChannel?: true;
  /** The text. Empty once the message was sent. */
  content: string;
  /** The files that are attached when it is sent. */
  fileIds: FileId[];
  kind?: MessageKind;
  sender?: MessageSender;
  /** Blocks below the text. */
  attachments?: MessageAttachment[];
  metadata?: MessageMetadata;
  /** When it is sent. */
  sendAt: Timestamp;
  state: ScheduledState;
  /** Why it failed; null if it did not. */
  error: ScheduledError | null;
  /** The message that was sent; null before. */
  messageId: MessageId | null;
  /** Incremented by each change. */
  rev: number;
  createdAt: Timestamp;
  /** When it was last changed, or sent. */
  updatedAt: Timestamp;
}

export interface GetScheduledMessageInput {
  params: {
    scheduledMessageId: ScheduledMessageId;
  };
}

export interface GetScheduledMessagesInput {
  query?: GetScheduledMessagesQuery;
}

export interface GetScheduledMessagesQuery {
  /** Only those for this channel. */
  channelId?: ChannelId;
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
}

export interface SendScheduledMessageInput {
  params: {
    scheduledMessageId: ScheduledMessageId;
  };
}

export interface UpdateScheduledMessageInput {
  params: {
    scheduledMessageId: ScheduledMessageId;
  };
  body: UpdateScheduledMessageBody;
}

export interface UpdateScheduledMessageBody {
  /** 0 to 8000 characters. */
  content?: string;
  fileIds?: FileIds;
  /** When to send it: in the future, at most 120 days ahead. */
  sendAt?: TimestampInput;
  /** The `rev` that the change is based on. With another one it is rejected with `conflict`. */
  expectedRev?: number;
}

/**
 * Cancel a scheduled message. One that is being sent, or was sent, is a conflict.
 *
 * `DELETE /v1/scheduled-messages/:scheduledMessageId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const cancelScheduledMessage: Endpoint<CancelScheduledMessageInput, undefined> = {
  method: "DELETE",
  path: "/v1/scheduled-messages/:scheduledMessageId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Schedule a message. You must be allowed to post it now, and again when it is sent.
 *
 * `POST /v1/scheduled-messages`
 *
 * A message that its author's hub sends at `sendAt`.
 *
 * @throws ParleyError `conflict`, `forbidden`, `nonce_reused`, `not_found`, `payload_too_large`,
 * `request_timeout`, `validation_failed`
 */
export const createScheduledMessage: Endpoint<CreateScheduledMessageInput, ScheduledMessage> = {
  method: "POST",
  path: "/v1/scheduled-messages",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Get a scheduled message. One that was sent stays for a while, without its text.
 *
 * `GET /v1/scheduled-messages/:scheduledMessageId`
 *
 * A message that its author's hub sends at `sendAt`.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getScheduledMessage: Endpoint<GetScheduledMessageInput, ScheduledMessage> = {
  method: "GET",
  path: "/v1/scheduled-messages/:scheduledMessageId",
  idempotent: true,
};

/**
 * List your scheduled messages that are not sent, in order of `sendAt`.
 *
 * `GET /v1/scheduled-messages`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getScheduledMessages: Endpoint<GetScheduledMessagesInput, Page<ScheduledMessage>> = {
  method: "GET",
  path: "/v1/scheduled-messages",
  idempotent: true,
  pages: "cursor",
};

/**
 * Send a scheduled message now. `state` says whether the channel accepted it.
 *
 * `POST /v1/scheduled-messages/:scheduledMessageId/send`
 *
 * A message that its author's hub sends at `sendAt`.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const sendScheduledMessage: Endpoint<SendScheduledMessageInput, ScheduledMessage> = {
  method: "POST",
  path: "/v1/scheduled-messages/:scheduledMessageId/send",
  idempotent: true,
};

/**
 * Change a scheduled message. A new `sendAt` also revives one that failed.
 *
 * `PATCH /v1/scheduled-messages/:scheduledMessageId`
 *
 * A message that its author's hub sends at `sendAt`.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateScheduledMessage: Endpoint<UpdateScheduledMessageInput, ScheduledMessage> = {
  method: "PATCH",
  path: "/v1/scheduled-messages/:scheduledMessageId",
  sends: "json",
};
