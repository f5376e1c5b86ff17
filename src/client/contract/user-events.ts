// Generated from src/protocol/user-events.ts by `npm run docs`. Do not edit.

import type { Channel } from "./channels.ts";
import type { ChannelId, Seq, Timestamp } from "./common.ts";
import type { Member } from "./members.ts";
import type { Notification } from "./notifications.ts";
import type { Self } from "./users.ts";
import type { UserGroup } from "./groups.ts";

/**
 * A user event as clients receive it. It has no `channelId`, which distinguishes it from a channel event of the
 * same type.
 */
export type UserEventEnvelope =
  | OwnNotificationCreateEvent
  | OwnNotificationReadEvent
  | OwnNotificationDeleteEvent
  | OwnReadUpdateEvent
  | OwnUserUpdateEvent
  | OwnGroupUpdateEvent
  | OwnGroupDeleteEvent
  | OwnChannelCreateEvent
  | OwnMemberJoinEvent
  | OwnMemberLeaveEvent;

export interface OwnNotificationCreateEvent {
  type: "notificationCreate";
  seq: Seq;
  at: Timestamp;
  data: {
    notification: Notification;
  };
}

export interface OwnNotificationReadEvent {
  type: "notificationRead";
  seq: Seq;
  at: Timestamp;
  data: {
    lastReadSeq: Seq;
    seqs?: Seq[];
  };
}

export interface OwnNotificationDeleteEvent {
  type: "notificationDelete";
  seq: Seq;
  at: Timestamp;
  data: {
    seqs: Seq[];
  };
}

export interface OwnReadUpdateEvent {
  type: "readUpdate";
  seq: Seq;
  at: Timestamp;
  data: {
    channelId: ChannelId;
    lastReadSeq: Seq;
  };
}

export interface OwnUserUpdateEvent {
  type: "userUpdate";
  seq: Seq;
  at: Timestamp;
  data: {
    user: Self;
  };
}

export interface OwnGroupUpdateEvent {
  type: "groupUpdate";
  seq: Seq;
  at: Timestamp;
  data: {
    group: UserGroup;
    isMember: boolean;
  };
}

export interface OwnGroupDeleteEvent {
  type: "groupDelete";
  seq: Seq;
  at: Timestamp;
  data: {
    group: UserGroup;
  };
}

export interface OwnChannelCreateEvent {
  type: "channelCreate";
  seq: Seq;
  at: Timestamp;
  data: {
    channel: Channel;
  };
}

export interface OwnMemberJoinEvent {
  type: "memberJoin";
  seq: Seq;
  at: Timestamp;
  data: {
    channelId: ChannelId;
    member: Member;
  };
}

export interface OwnMemberLeaveEvent {
  type: "memberLeave";
  seq: Seq;
  at: Timestamp;
  data: {
    channelId: ChannelId;
    member: Member;
  };
}

export const userEventTypes = [
  "notificationCreate",
  "notificationRead",
  "notificationDelete",
  "readUpdate",
  "userUpdate",
  "groupUpdate",
  "groupDelete",
  "channelCreate",
  "memberJoin",
  "memberLeave",
] as const;

export type UserEventType = UserEventEnvelope["type"];

export type UserEventData<T extends UserEventType> = Extract<UserEventEnvelope, { type: T }>["data"];
