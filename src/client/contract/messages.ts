// Generated from src/protocol/messages.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  CommandRunId,
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
import type {
  Entity,
  MessageAttachment,
  MessageKind,
  MessageMetadata,
  MessageSender,
  NewAttachments,
  NewSender,
} from "./formatting.ts";
import type { EphemeralMessage } from "./ephemeral.ts";
import type { FileRef } from "./files.ts";

export interface Message {
  id: MessageId;
  channelId: ChannelId;
  /** The sequence number of the event that created the message. It orders the history and never changes. */
  seq: Seq;
  /** The sequence number of the last event that changed the message. Ignore events with `seq` ≤ `rev`. */
  rev: Seq;
  authorId: UserId;
  /** The text as it was sent. Empty after deletion. */
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
  /** The reply is also shown in the channel's history. */
  alsoInChannel?: true;
  kind?: MessageKind;
  /** The author is a program. */
  isBot?: true;
  sender?: MessageSender;
  /** Blocks below the text, which bots add. */
  attachments?: MessageAttachment[];
  metadata?: MessageMetadata;
  /**
   * What the ranges of `content` are: mentions, links, emphasis, code, …, by offset, outer ranges first. Absent if
   * there are none.
   */
  entities?: Entity[];
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
  fileIds?: FileIds;
  kind?: MessageKind;
  /** Only bots may set another name or icon. */
  sender?: NewSender;
  /** Only bots may add attachments. */
  attachments?: NewAttachments;
  metadata?: MessageMetadata;
}

/** Files that you uploaded and that are not attached to another message. */
export type FileIds = FileId[];

export interface WrittenMessage extends Message {
  /** Mentioned names that did not notify anyone: no active member has the name, or the group is too large. */
  notNotified?: string[];
}

/** The outcome of a slash command that a user ran. */
export interface CommandRun {
  /** The invocation; null for a command of the server. */
  id: CommandRunId | null;
  /** The name of the command, without the leading `/`. */
  command: string;
  /** An answer that only you see; it is sent to your connected devices as well. Null: none, or none yet. */
  ephemeral: EphemeralMessage | null;
  /** The message that the command created; null: none, or none yet. */
  message: Message | null;
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
  /** The number of oldest versions that were dropped because the history exceeded its size limit. */
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
  /** The new text. It may be empty only if the message has files or attachments. 0 to 8000 characters. */
  content: string;
  expectedVersion?: number;
  /** Replaces the attachments. Absent: they stay. Only bots may change them. */
  attachments?: NewAttachments;
  /** Replaces the metadata; null removes it. Absent: it stays. */
  metadata?: MessageMetadata | null;
}

/**
 * Post a message to a channel. Content that begins with `/` and the name of a command runs the command instead,
 * if a person sends it.
 *
 * `POST /v1/channels/:channelId/messages`
 *
 * @throws ParleyError `bot_unavailable`, `conflict`, `forbidden`, `nonce_reused`, `not_found`,
 * `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createMessage: Endpoint<CreateMessageInput, WrittenMessage | CommandRun> = {
  method: "POST",
  path: "/v1/channels/:channelId/messages",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Delete a message. Its content is erased everywhere; a tombstone remains.
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
 * List a page of the channel's history in order of `seq`: the latest messages, or those before, after or around
 * a `seq`.
 *
 * `GET /v1/channels/:channelId/messages`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getChannelMessages: Endpoint<GetChannelMessagesInput, MessagePage> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages",
  idempotent: true,
  pages: "messages",
};

/**
 * Get a message.
 *
 * `GET /v1/channels/:channelId/messages/:messageId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getMessage: Endpoint<GetMessageInput, Message> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId",
  idempotent: true,
};

/**
 * List the stored versions of a message, oldest first. A deleted message has none.
 *
 * `GET /v1/channels/:channelId/messages/:messageId/history`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
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
