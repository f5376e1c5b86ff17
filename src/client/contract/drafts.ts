// Generated from src/protocol/drafts.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, MessageId, Page, PageQuery, Timestamp } from "./common.ts";

/** An unsent text of a user in a channel or thread, shared by their devices. */
export interface Draft {
  channelId: ChannelId;
  threadId: MessageId | null;
  /** The text so far. Empty: the draft was deleted. */
  content: string;
  /** Grows with each change of any draft. A higher one replaces a lower one. */
  rev: number;
  /** When the draft was last changed. */
  updatedAt: Timestamp;
}

export interface GetDraftsInput {
  query?: PageQuery;
}

export interface PutDraftInput {
  params: {
    channelId: ChannelId;
  };
  body: PutDraftBody;
}

export interface PutDraftBody {
  /** The text so far. Empty: deletes the draft. 0 to 8000 characters. */
  content: string;
  /** The root message of the thread; absent: the channel. */
  threadId?: MessageId;
  /**
   * The `rev` that this text is based on; 0 for none. If another device stored a draft since, the response
   * contains it as `overwritten`.
   */
  baseRev?: number;
}

export interface PutDraftResponse extends Draft {
  /** The draft that this one replaced, if it was not the one of `baseRev`. */
  overwritten?: Draft;
}

/**
 * List your drafts, the last changed first.
 *
 * `GET /v1/drafts`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getDrafts: Endpoint<GetDraftsInput, Page<Draft>> = {
  method: "GET",
  path: "/v1/drafts",
  idempotent: true,
  pages: "cursor",
};

/**
 * Store your draft for a channel or thread. The last writer wins; an empty text deletes it.
 *
 * `PUT /v1/channels/:channelId/draft`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const putDraft: Endpoint<PutDraftInput, PutDraftResponse> = {
  method: "PUT",
  path: "/v1/channels/:channelId/draft",
  sends: "json",
  idempotent: true,
};
