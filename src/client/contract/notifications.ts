// Generated from src/protocol/notifications.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Epoch, MessageId, Page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";

/** What happened where: ids, never anybody's text. */
export interface Notification {
  /** Its place in the log of your own events. */
  seq: Seq;
  kind: NotificationKind;
  channelId: ChannelId;
  /** The event in the log of the channel. */
  channelSeq: Seq;
  messageId: MessageId | null;
  threadId: MessageId | null;
  /** Whose doing it was. */
  actorId: UserId;
  createdAt: Timestamp;
  read: boolean;
}

/**
 * You were mentioned; a direct or group message; a reply in a thread that you follow; you were added to a
 * channel; any message, where you asked for all.
 */
export type NotificationKind = "mention" | "direct" | "thread" | "invitation" | "message";

export interface GetNotificationsInput {
  query?: PageQuery;
}

export interface GetNotificationsResponse extends Page<Notification> {
  /** Exact up to 99. */
  unread: number;
  lastReadSeq: Seq;
  seq: Seq;
  epoch: Epoch | null;
}

export interface ReadNotificationsInput {
  body: ReadNotificationsBody;
}

export interface ReadNotificationsBody {
  /** The last one that is read; all, if neither this nor `seqs` is given. */
  seq?: Seq;
  /** These alone; what is none of your notifications changes nothing. */
  seqs?: Seq[];
}

export interface ReadNotificationsResponse {
  /** Exact up to 99. */
  unread: number;
  lastReadSeq: Seq;
}

/**
 * What you were notified of, newest first.
 *
 * `GET /v1/notifications`
 *
 * @throws ParleyError `validation_failed`
 */
export const getNotifications: Endpoint<GetNotificationsInput, GetNotificationsResponse> = {
  method: "GET",
  path: "/v1/notifications",
  idempotent: true,
  pages: "cursor",
};

/**
 * Mark notifications as read: up to one, some alone, or all; never unread again.
 *
 * `PUT /v1/notifications/read`
 *
 * @throws ParleyError `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const readNotifications: Endpoint<ReadNotificationsInput, ReadNotificationsResponse> = {
  method: "PUT",
  path: "/v1/notifications/read",
  sends: "json",
  idempotent: true,
};
