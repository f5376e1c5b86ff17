// Generated from src/protocol/saved-messages.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Cursor, MessageId, Page, Timestamp } from "./common.ts";
import type { Message } from "./messages.ts";

/** A message that a user saved for later. */
export interface SavedMessage {
  messageId: MessageId;
  channelId: ChannelId;
  /** When the message was saved. */
  savedAt: Timestamp;
  /** When the user marked it as done; null if they have not. */
  doneAt: Timestamp | null;
}

export interface GetSavedMessagesInput {
  query?: GetSavedMessagesQuery;
}

export interface GetSavedMessagesQuery {
  /** Only those that are done, or only those that are not. */
  done?: "true" | "false";
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
}

/** A saved message with the message itself. */
export interface SavedItem extends SavedMessage {
  /** The message as you may see it now; a tombstone if it was deleted. */
  message?: Message;
  /** You can no longer read the message, for example because you left the channel. */
  unreadable?: true;
}

export interface SaveMessageInput {
  params: {
    messageId: MessageId;
  };
  query?: SaveMessageQuery;
}

export interface SaveMessageQuery {
  /** The channel of the message. Without it, the message is looked up. */
  channelId?: ChannelId;
}

export interface UnsaveMessageInput {
  params: {
    messageId: MessageId;
  };
}

export interface UpdateSavedMessageInput {
  params: {
    messageId: MessageId;
  };
  body: UpdateSavedMessageBody;
}

export interface UpdateSavedMessageBody {
  /** Whether it is done. */
  done: boolean;
}

/**
 * List your saved messages, the last saved first, with the messages as you may see them now.
 *
 * `GET /v1/saved`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getSavedMessages: Endpoint<GetSavedMessagesInput, Page<SavedItem>> = {
  method: "GET",
  path: "/v1/saved",
  idempotent: true,
  pages: "cursor",
};

/**
 * Save a message that you can read. A message that is saved stays as it is.
 *
 * `PUT /v1/saved/:messageId`
 *
 * A message that a user saved for later.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const saveMessage: Endpoint<SaveMessageInput, SavedMessage> = {
  method: "PUT",
  path: "/v1/saved/:messageId",
  idempotent: true,
};

/**
 * Remove a message from your saved ones.
 *
 * `DELETE /v1/saved/:messageId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const unsaveMessage: Endpoint<UnsaveMessageInput, undefined> = {
  method: "DELETE",
  path: "/v1/saved/:messageId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Mark a saved message as done, or as not done.
 *
 * `PATCH /v1/saved/:messageId`
 *
 * A message that a user saved for later.
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateSavedMessage: Endpoint<UpdateSavedMessageInput, SavedMessage> = {
  method: "PATCH",
  path: "/v1/saved/:messageId",
  sends: "json",
};
