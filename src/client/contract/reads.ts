// Generated from src/protocol/reads.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { Channel } from "./channels.ts";
import type { ChannelId, Epoch, Page, Seq } from "./common.ts";

export type GetUnreadsInput = NoInput;

export interface Unread {
  channelId: ChannelId;
  lastReadSeq: Seq;
  /** Messages of others after `lastReadSeq`, exact up to 99. */
  unread: number;
  /** Those among them that mention you, exact up to 99. */
  mentions: number;
  level: NotificationLevel;
  channel: Channel;
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
 * All of your channels, with what is unread in each.
 *
 * `GET /v1/users/me/unreads`
 */
export const getUnreads: Endpoint<GetUnreadsInput, Page<Unread>> = {
  method: "GET",
  path: "/v1/users/me/unreads",
  idempotent: true,
};

/**
 * Say up to where you have read; going back marks unread.
 *
 * `PUT /v1/channels/:channelId/read`
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `validation_failed`
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
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `validation_failed`
 */
export const setNotificationLevel: Endpoint<SetNotificationLevelInput, ChannelPreference> = {
  method: "PUT",
  path: "/v1/channels/:channelId/notifications",
  sends: "json",
  idempotent: true,
};
