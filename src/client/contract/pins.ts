// Generated from src/protocol/pins.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Epoch, MessageId, Page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";
import type { Message } from "./messages.ts";

/** `userId`: the user who pinned or unpinned the message. */
export interface Pin {
  messageId: MessageId;
  userId: UserId;
}

export interface GetPinsInput {
  params: {
    channelId: ChannelId;
  };
  query?: PageQuery;
}

export interface GetPinsResponse extends Page<PinnedMessage> {
  seq: Seq;
  epoch: Epoch;
}

export interface PinnedMessage extends Message {
  pinnedBy: UserId;
  pinnedAt: Timestamp;
}

export interface PinMessageInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

export interface UnpinMessageInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

/**
 * List the pinned messages of a channel, most recently pinned first.
 *
 * `GET /v1/channels/:channelId/pins`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getPins: Endpoint<GetPinsInput, GetPinsResponse> = {
  method: "GET",
  path: "/v1/channels/:channelId/pins",
  idempotent: true,
  pages: "cursor",
};

/**
 * Pin a message to its channel, which can have at most 100 pins.
 *
 * `PUT /v1/channels/:channelId/messages/:messageId/pin`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const pinMessage: Endpoint<PinMessageInput, Pin> = {
  method: "PUT",
  path: "/v1/channels/:channelId/messages/:messageId/pin",
  idempotent: true,
};

/**
 * Unpin a message.
 *
 * `DELETE /v1/channels/:channelId/messages/:messageId/pin`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const unpinMessage: Endpoint<UnpinMessageInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId/messages/:messageId/pin",
  answers: "nothing",
  idempotent: true,
};
