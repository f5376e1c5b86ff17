// Generated from src/protocol/reactions.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Epoch, MessageId, Page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";

export interface ReactionChange {
  messageId: MessageId;
  emoji: string;
  userId: UserId;
  /** The number of users who now have this reaction. */
  count: number;
}

export interface AddReactionInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
    emoji: string;
  };
}

export interface GetReactionsInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  query?: PageQuery;
}

export interface GetReactionsResponse extends Page<MessageReaction> {
  seq: Seq;
  epoch: Epoch;
}

export interface MessageReaction {
  emoji: string;
  userId: UserId;
  reactedAt: Timestamp;
}

export interface RemoveReactionInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
    emoji: string;
  };
}

/** One emoji, including skin tone modifiers and joiners, or `:name:` of a custom emoji of the workspace. */
export type Emoji = string;

/**
 * Add a reaction to a message, which can have at most 50 different emoji.
 *
 * `PUT /v1/channels/:channelId/messages/:messageId/reactions/:emoji`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const addReaction: Endpoint<AddReactionInput, ReactionChange> = {
  method: "PUT",
  path: "/v1/channels/:channelId/messages/:messageId/reactions/:emoji",
  idempotent: true,
};

/**
 * List the reactions to a message with their users, in order.
 *
 * `GET /v1/channels/:channelId/messages/:messageId/reactions`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getReactions: Endpoint<GetReactionsInput, GetReactionsResponse> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId/reactions",
  idempotent: true,
  pages: "cursor",
};

/**
 * Remove your reaction from a message.
 *
 * `DELETE /v1/channels/:channelId/messages/:messageId/reactions/:emoji`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const removeReaction: Endpoint<RemoveReactionInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId/messages/:messageId/reactions/:emoji",
  answers: "nothing",
  idempotent: true,
};
