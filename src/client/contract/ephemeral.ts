// Generated from src/protocol/ephemeral.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, EphemeralMessageId, MessageId, Timestamp, UserId } from "./common.ts";
import type {
  MessageAttachment,
  MessageMetadata,
  MessageSender,
  NewAttachments,
  NewSender,
} from "./formatting.ts";

/** A message that one user sees, and no object stores. */
export interface EphemeralMessage {
  id: EphemeralMessageId;
  channelId: ChannelId;
  /** The root message of the thread in which it is shown; null: in the channel. */
  threadId: MessageId | null;
  /** The only user who sees it. */
  userId: UserId;
  authorId: UserId;
  /** The text. */
  content: string;
  createdAt: Timestamp;
  sender?: MessageSender;
  /** Blocks below the text. */
  attachments?: MessageAttachment[];
  metadata?: MessageMetadata;
}

export interface CreateEphemeralMessageInput {
  params: {
    channelId: ChannelId;
  };
  body: CreateEphemeralMessageBody;
}

export interface CreateEphemeralMessageBody {
  userId: UserId;
  /** The text that one person sees. 0 to 8000 characters. */
  content: string;
  /** Another name or icon than those of the bot. */
  sender?: NewSender;
  /** Blocks below the text. */
  attachments?: NewAttachments;
  metadata?: MessageMetadata;
  /** The root message of the thread in which it is shown; absent: in the channel. */
  threadId?: MessageId;
}

/**
 * Show a message to one member of the channel, on their connected devices only. Only bots may. It is never
 * stored.
 *
 * `POST /v1/channels/:channelId/ephemeral`
 *
 * A message that one user sees, and no object stores.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createEphemeralMessage: Endpoint<CreateEphemeralMessageInput, EphemeralMessage> = {
  method: "POST",
  path: "/v1/channels/:channelId/ephemeral",
  sends: "json",
};
