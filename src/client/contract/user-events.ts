// Generated from src/protocol/user-events.ts by `npm run docs`. Do not edit.

import type { Channel } from "./channels.ts";
import type { ChannelId, Seq, Timestamp } from "./common.ts";
import type { EphemeralMessage } from "./ephemeral.ts";
import type { Member } from "./members.ts";
import type { Notification } from "./notifications.ts";
import type { Self } from "./users.ts";

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

/** A signal to a user as clients receive it: on `/v1/realtime`, without a subscription. */
export type UserSignalEnvelope = OwnEphemeralCreateSignal;

export interface OwnEphemeralCreateSignal {
  type: "ephemeralCreate";
  at: Timestamp;
  data: {
    message: EphemeralMessage;
  };
}

export const userEventTypes = [
  "notificationCreate",
  "notificationRead",
  "notificationDelete",
  "readUpdate",
  "userUpdate",
  "channelCreate",
  "memberJoin",
  "memberLeave",
] as const;

export type UserEventType = UserEventEnvelope["type"];

export type UserEventData<T extends UserEventType> = Extract<UserEventEnvelope, { type: T }>["data"];

export const userSignalTypes = ["ephemeralCreate"] as const;

export type UserSignalType = UserSignalEnvelope["type"];

export type UserSignalData<T extends UserSignalType> = Extract<UserSignalEnvelope, { type: T }>["data"];
