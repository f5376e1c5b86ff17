// Generated from src/protocol/permalinks.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, MessageId, Seq } from "./common.ts";
import type { Message } from "./messages.ts";

export interface GetMessageAtInput {
  params: {
    channelId: ChannelId;
    /** The `seq` of the message. */
    seq: number;
  };
}

export interface GetPermalinkInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

/** The address of a message. */
export interface Permalink {
  /** `<origin>/c/<channelId>/<seq>`. It never changes. */
  permalink: string;
  channelId: ChannelId;
  seq: Seq;
}

export interface OpenPermalinkInput {
  params: {
    channelId: ChannelId;
    /** The `seq` of the message. */
    seq: number;
  };
}

/**
 * Get the message or thread reply to which the permalink `/c/:channelId/:seq` leads. `around` of the history or
 * of the thread returns its surroundings.
 *
 * `GET /v1/channels/:channelId/messages/at/:seq`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getMessageAt: Endpoint<GetMessageAtInput, Message> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/at/:seq",
  idempotent: true,
};

/**
 * Get the link to a message, which only users who may read the channel can resolve.
 *
 * `GET /v1/channels/:channelId/messages/:messageId/permalink`
 *
 * The address of a message.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getPermalink: Endpoint<GetPermalinkInput, Permalink> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId/permalink",
  idempotent: true,
};

/**
 * Open a permalink in a browser: redirects to the web client, or shows a page without content if there is none.
 * The response does not depend on whether the message exists.
 *
 * `GET /c/:channelId/:seq`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const openPermalink: Endpoint<OpenPermalinkInput, Response> = {
  method: "GET",
  path: "/c/:channelId/:seq",
  isPublic: true,
  answers: "response",
  idempotent: true,
};
