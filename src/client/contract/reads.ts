// Generated from src/protocol/reads.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { Channel } from "./channels.ts";
import type { ChannelId, Cursor, Epoch, Page, Seq } from "./common.ts";

export interface GetUnreadsInput {
  query?: GetUnreadsQuery;
}

export interface GetUnreadsQuery {
  /**
   * The `rev` of an earlier response. Returns only channels that changed since then; a channel may be returned
   * more than once. Channels that you left are not reported: if `total` differs from your number of channels,
   * repeat the request without `since`.
   */
  since?: number;
  /** `counts` omits `channel`. Default: "all". */
  fields?: "all" | "counts";
  /** The page size. Absent: all channels in one response. 1 to 100. */
  limit?: number;
  cursor?: Cursor;
}

export interface GetUnreadsResponse extends Page<Unread> {
  /** A value for `since`. All pages of a list have the `rev` of the first page. */
  rev: number;
  /** The number of channels that you are a member of. */
  total: number;
}

/**
 * Counted in the database, which can lag behind the channel: `seq` is the last event that the counts include.
 * Add the later messages that you received, or repeat the request.
 */
export interface Unread {
  channelId: ChannelId;
  lastReadSeq: Seq;
  /** The number of messages by others after `lastReadSeq`. Exact up to 99. */
  unread: number;
  /** The number of unread messages that mention you. Exact up to 99. */
  mentions: number;
  level: NotificationLevel;
  /** Absent with `fields=counts`. */
  channel?: Channel;
  seq: Seq;
  epoch: Epoch;
}

/**
 * `all`: notify about every message; the default of direct and group messages. `mentions`: notify about mentions
 * and about replies in threads that you follow; the default of other channels. `none`: never notify.
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
  /** The number of messages by others after `lastReadSeq`. Exact up to 99. */
  unread: number;
  /** The number of unread messages that mention you. Exact up to 99. */
  mentions: number;
}

export interface ReadAllInput {
  query?: ReadAllQuery;
}

export interface ReadAllQuery {
  cursor?: Cursor;
}

export interface ReadAllResponse {
  /** The number of channels that were marked. */
  channels: number;
  /** The number of threads that were marked. */
  threads: number;
  /** The number of channels and threads whose channel did not answer. Repeat the whole to mark them. */
  unavailable: number;
  nextCursor: Cursor | null;
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
 * List your channels with their unread counts: all of them, or those that changed.
 *
 * `GET /v1/users/me/unreads`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getUnreads: Endpoint<GetUnreadsInput, GetUnreadsResponse> = {
  method: "GET",
  path: "/v1/users/me/unreads",
  idempotent: true,
  pages: "cursor",
};

/**
 * Set your read position. Moving it back marks messages as unread.
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
 * Mark all channels and followed threads as read. One request marks up to 50 of each; repeat it with
 * `nextCursor` until that is null.
 *
 * `POST /v1/users/me/read-all`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const readAll: Endpoint<ReadAllInput, ReadAllResponse> = {
  method: "POST",
  path: "/v1/users/me/read-all",
  idempotent: true,
  pages: "cursor",
};

/**
 * Set your notification level for a channel.
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
