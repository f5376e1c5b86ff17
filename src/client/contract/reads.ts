// Generated from src/protocol/reads.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { Channel } from "./channels.ts";
import type { ChannelId, Cursor, Epoch, Page, Seq } from "./common.ts";

export interface GetUnreadsInput {
  query?: GetUnreadsQuery;
}

export interface GetUnreadsQuery {
  /**
   * The `rev` of an earlier answer: only channels in which something changed since then, some perhaps twice.
   * Channels that you are no longer in are not named: where `total` is not the number that you know of, ask
   * without `since`.
   */
  since?: number;
  /** `counts` leaves out `channel`. Default: "all". */
  fields?: "all" | "counts";
  /** Absent: all in one answer. 1 to 100. */
  limit?: number;
  cursor?: Cursor;
}

export interface GetUnreadsResponse extends Page<Unread> {
  /** For `since`. All pages of a list bear that of the first. */
  rev: number;
  /** How many channels you are in. */
  total: number;
}

/**
 * Counted from the database, which may be a moment behind the channel: `seq` is the last event that the counts
 * include. Add later messages that you received, or ask again.
 */
export interface Unread {
  channelId: ChannelId;
  lastReadSeq: Seq;
  /** Messages of others after `lastReadSeq`, exact up to 99. */
  unread: number;
  /** Those among them that mention you, exact up to 99. */
  mentions: number;
  level: NotificationLevel;
  /** Absent with `fields=counts`. */
  channel?: Channel;
  seq: Seq;
  epoch: Epoch;
}

/**
 * Of a channel you are notified of every message (`all`, what direct and group messages begin with), of mentions
 * and of replies in threads that you follow (`mentions`, what other channels begin with), or of nothing.
 */
export type NotificationLevel = "all" | "mentions" | "none";

export interface MarkReadInput {
  params: {
    channelId: ChannelId;
  };
  body: MarkReadBody;
}

export interface MarkReadBody {
  seq: Seq;
}

export interface ReadState {
  lastReadSeq: Seq;
  /** Messages of others after `lastReadSeq`, exact up to 99. */
  unread: number;
  /** Those among them that mention you, exact up to 99. */
  mentions: number;
}

export interface SetNotificationLevelInput {
  params: {
    channelId: ChannelId;
  };
  body: SetNotificationLevelBody;
}

export interface SetNotificationLevelBody {
  level: NotificationLevel;
}

export interface ChannelPreference {
  level: NotificationLevel;
}

/**
 * All of your channels, with what is unread in each; or those that changed.
 *
 * `GET /v1/users/me/unreads`
 *
 * @throws ParleyError `validation_failed`
 */
export const getUnreads: Endpoint<GetUnreadsInput, GetUnreadsResponse> = {
  method: "GET",
  path: "/v1/users/me/unreads",
  idempotent: true,
  pages: "cursor",
};

/**
 * Say up to where you have read; going back marks unread.
 *
 * `PUT /v1/channels/:channelId/read`
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const markRead: Endpoint<MarkReadInput, ReadState> = {
  method: "PUT",
  path: "/v1/channels/:channelId/read",
  sends: "json",
  idempotent: true,
};

/**
 * What of this channel you are notified of.
 *
 * `PUT /v1/channels/:channelId/notifications`
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const setNotificationLevel: Endpoint<SetNotificationLevelInput, ChannelPreference> = {
  method: "PUT",
  path: "/v1/channels/:channelId/notifications",
  sends: "json",
  idempotent: true,
};
