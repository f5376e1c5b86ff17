// Generated from src/protocol/messages.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  Epoch,
  FileId,
  MessageId,
  Nonce,
  Page,
  PageQuery,
  Seq,
  Timestamp,
  UserId,
} from "./common.ts";
import type { FileRef } from "./files.ts";

export interface Message {
  id: MessageId;
  channelId: ChannelId;
  /** The log position of its creation: its place in the history, for good. */
  seq: Seq;
  /** That of the last event that changed it; ignore events with `seq` ≤ `rev`. */
  rev: Seq;
  authorId: UserId;
  /** As sent; empty once deleted. */
  content: string;
  threadId: MessageId | null;
  createdAt: Timestamp;
  updatedAt: Timestamp;
  deletedAt: Timestamp | null;
  version: number;
  files: FileRef[];
  mentions: UserId[];
  reactions: Reaction[];
  thread: ThreadSummary | null;
  pinned: boolean;
  /** A reply that the channel's history shows too. */
  alsoInChannel?: true;
}

export interface Reaction {
  emoji: string;
  count: number;
  me?: boolean;
}

export interface ThreadSummary {
  replyCount: number;
  lastReplyAt: Timestamp | null;
  participantIds: UserId[];
}

export interface CreateMessageInput {
  params: {
    channelId: ChannelId;
  };
  body: CreateMessageBody;
}

export interface CreateMessageBody {
  /** 0 to 8000 characters. */
  content: string;
  /** 1 to 64 characters. */
  nonce?: Nonce;
  /** Files that you uploaded and that no other message carries. */
  fileIds?: FileId[];
}

export interface WrittenMessage extends Message {
  /** Names after an `@` that are nobody's in this channel: nobody was notified. */
  notNotified?: string[];
}

export interface DeleteMessageInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

export interface GetChannelMessagesInput {
  params: {
    channelId: ChannelId;
  };
  query?: GetChannelMessagesQuery;
}

export interface GetChannelMessagesQuery {
  before?: number;
  after?: number;
  around?: number;
  /** 1 to 100. Default: 50. */
  limit?: number;
}

export interface MessagePage {
  items: Message[];
  seq: Seq;
  epoch: Epoch;
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
}

export interface GetMessageInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

export interface GetMessageHistoryInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  query?: PageQuery;
}

export interface GetMessageHistoryResponse extends Page<MessageVersion> {
  seq: Seq;
  epoch: Epoch;
  /** How many of the oldest versions are no longer kept, since they took too much space. */
  omitted: number;
}

export interface MessageVersion {
  version: number;
  content: string;
  at: Timestamp;
}

export interface UpdateMessageInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  body: UpdateMessageBody;
}

export interface UpdateMessageBody {
  /** Empty only where the message carries files. 0 to 8000 characters. */
  content: string;
  expectedVersion?: number;
}

/**
 * Post a message to a channel.
 *
 * `POST /v1/channels/:channelId/messages`
 *
 * @throws ParleyError `conflict`, `forbidden`, `nonce_reused`, `not_found`, `payload_too_large`,
 * `request_timeout`, `validation_failed`
 */
export const createMessage: Endpoint<CreateMessageInput, WrittenMessage> = {
  method: "POST",
  path: "/v1/channels/:channelId/messages",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Delete a message: its content goes everywhere, a tombstone stays.
 *
 * `DELETE /v1/channels/:channelId/messages/:messageId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const deleteMessage: Endpoint<DeleteMessageInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId/messages/:messageId",
  answers: "nothing",
  idempotent: true,
};

/**
 * A page of the history, by seq: the newest, or those before, after or around one.
 *
 * `GET /v1/channels/:channelId/messages`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getChannelMessages: Endpoint<GetChannelMessagesInput, MessagePage> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages",
  idempotent: true,
  pages: "messages",
};

/**
 * One message.
 *
 * `GET /v1/channels/:channelId/messages/:messageId`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getMessage: Endpoint<GetMessageInput, Message> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId",
  idempotent: true,
};

/**
 * The versions of a message that are kept, oldest first; none once it is deleted.
 *
 * `GET /v1/channels/:channelId/messages/:messageId/history`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getMessageHistory: Endpoint<GetMessageHistoryInput, GetMessageHistoryResponse> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId/history",
  idempotent: true,
  pages: "cursor",
};

/**
 * Edit your own message.
 *
 * `PATCH /v1/channels/:channelId/messages/:messageId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateMessage: Endpoint<UpdateMessageInput, WrittenMessage> = {
  method: "PATCH",
  path: "/v1/channels/:channelId/messages/:messageId",
  sends: "json",
};
