// Generated from src/protocol/notifications.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  Epoch,
  MessageId,
  Page,
  PageQuery,
  ReminderId,
  Seq,
  Timestamp,
  UserId,
} from "./common.ts";

/** A notification. It holds ids only, never message text, so that deletion has nothing to erase here. */
export interface Notification {
  /** The sequence number in the log of your user events. */
  seq: Seq;
  kind: NotificationKind;
  /** Null only for a reminder that is about no message. */
  channelId: ChannelId | null;
  /** The sequence number of the event in the channel's log; 0 for a reminder. */
  channelSeq: Seq;
  messageId: MessageId | null;
  threadId: MessageId | null;
  /** The user who caused the notification. */
  actorId: UserId;
  createdAt: Timestamp;
  read: boolean;
  /** Only for a reminder: the one that is due. */
  reminderId?: ReminderId;
}

/**
 * `mention`: you were mentioned. `direct`: a direct or group message. `thread`: a reply in a thread that you
 * follow. `invitation`: you were added to a channel. `message`: a message in a channel with the notification
 * level `all`. `reminder`: a reminder of yours is due.
 */
export type NotificationKind = "mention" | "direct" | "thread" | "invitation" | "message" | "reminder";

export interface GetNotificationsInput {
  query?: PageQuery;
}

export interface GetNotificationsResponse extends Page<Notification> {
  /** The number of unread notifications. Exact up to 99. */
  unread: number;
  lastReadSeq: Seq;
  seq: Seq;
  epoch: Epoch | null;
}

export interface ReadNotificationsInput {
  body: ReadNotificationsBody;
}

export interface ReadNotificationsBody {
  /** Marks all notifications up to this one. If neither this nor `seqs` is given, all are marked. */
  seq?: Seq;
  /** Marks only these. Numbers that are not notifications of yours are ignored. */
  seqs?: Seq[];
}

export interface ReadNotificationsResponse {
  /** The number of unread notifications. Exact up to 99. */
  unread: number;
  lastReadSeq: Seq;
}

/**
 * List your notifications, newest first.
 *
 * `GET /v1/notifications`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getNotifications: Endpoint<GetNotificationsInput, GetNotificationsResponse> = {
  method: "GET",
  path: "/v1/notifications",
  idempotent: true,
  pages: "cursor",
};

/**
 * Mark notifications as read: all, all up to `seq`, or only those in `seqs`. They cannot become unread again.
 *
 * `PUT /v1/notifications/read`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const readNotifications: Endpoint<ReadNotificationsInput, ReadNotificationsResponse> = {
  method: "PUT",
  path: "/v1/notifications/read",
  sends: "json",
  idempotent: true,
};
