// Generated from src/protocol/user-events.ts by `npm run docs`. Do not edit.

import type { Channel } from "./channels.ts";
import type {
  ChannelId,
  EphemeralMessageId,
  EventSubscriptionId,
  MessageId,
  ReminderId,
  ScheduledMessageId,
  Seq,
  Timestamp,
} from "./common.ts";
import type { CommandInvocation } from "./command-runs.ts";
import type { Draft } from "./drafts.ts";
import type { EphemeralMessage } from "./ephemeral.ts";
import type { Member } from "./members.ts";
import type { Notification } from "./notifications.ts";
import type { ReminderState } from "./reminders.ts";
import type { SavedMessage } from "./saved-messages.ts";
import type { ScheduledError, ScheduledState } from "./scheduled-messages.ts";
import type { Self } from "./users.ts";
import type { SubscriptionStateReason } from "./event-subscriptions.ts";
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
  | OwnMemberLeaveEvent
  | OwnScheduledMessageUpdateEvent
  | OwnScheduledMessageDeleteEvent
  | OwnReminderUpdateEvent
  | OwnReminderDeleteEvent
  | OwnSavedMessageUpdateEvent
  | OwnSavedMessageDeleteEvent
  | OwnSubscriptionDisableEvent;

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

export interface OwnScheduledMessageUpdateEvent {
  type: "scheduledMessageUpdate";
  seq: Seq;
  at: Timestamp;
  data: {
    scheduledMessageId: ScheduledMessageId;
    channelId: ChannelId;
    sendAt: Timestamp;
    state: ScheduledState;
    error: ScheduledError | null;
    messageId: MessageId | null;
    rev: number;
  };
}

export interface OwnScheduledMessageDeleteEvent {
  type: "scheduledMessageDelete";
  seq: Seq;
  at: Timestamp;
  data: {
    scheduledMessageId: ScheduledMessageId;
  };
}

export interface OwnReminderUpdateEvent {
  type: "reminderUpdate";
  seq: Seq;
  at: Timestamp;
  data: {
    reminderId: ReminderId;
    at: Timestamp;
    state: ReminderState;
    rev: number;
  };
}

export interface OwnReminderDeleteEvent {
  type: "reminderDelete";
  seq: Seq;
  at: Timestamp;
  data: {
    reminderId: ReminderId;
  };
}

export interface OwnSavedMessageUpdateEvent {
  type: "savedMessageUpdate";
  seq: Seq;
  at: Timestamp;
  data: {
    savedMessage: SavedMessage;
  };
}

export interface OwnSavedMessageDeleteEvent {
  type: "savedMessageDelete";
  seq: Seq;
  at: Timestamp;
  data: {
    messageId: MessageId;
  };
}

export interface OwnSubscriptionDisableEvent {
  type: "subscriptionDisable";
  seq: Seq;
  at: Timestamp;
  data: {
    subscriptionId: EventSubscriptionId;
    name: string;
    reason: SubscriptionStateReason;
  };
}

/** A signal to a user as clients receive it: on `/v1/realtime`, without a subscription. */
export type UserSignalEnvelope =
  | OwnEphemeralCreateSignal
  | OwnDraftUpdateSignal
  | OwnEphemeralDeleteSignal
  | OwnCommandInvokeSignal;

export interface OwnEphemeralCreateSignal {
  type: "ephemeralCreate";
  at: Timestamp;
  data: {
    message: EphemeralMessage;
  };
}

export interface OwnDraftUpdateSignal {
  type: "draftUpdate";
  at: Timestamp;
  data: {
    draft: Draft;
  };
}

export interface OwnEphemeralDeleteSignal {
  type: "ephemeralDelete";
  at: Timestamp;
  data: {
    id: EphemeralMessageId;
    channelId: ChannelId;
  };
}

export interface OwnCommandInvokeSignal {
  type: "commandInvoke";
  at: Timestamp;
  data: CommandInvocation;
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
  "scheduledMessageUpdate",
  "scheduledMessageDelete",
  "reminderUpdate",
  "reminderDelete",
  "savedMessageUpdate",
  "savedMessageDelete",
  "subscriptionDisable",
] as const;

export type UserEventType = UserEventEnvelope["type"];

export type UserEventData<T extends UserEventType> = Extract<UserEventEnvelope, { type: T }>["data"];

export const userSignalTypes = [
  "ephemeralCreate",
  "draftUpdate",
  "ephemeralDelete",
  "commandInvoke",
] as const;

export type UserSignalType = UserSignalEnvelope["type"];

export type UserSignalData<T extends UserSignalType> = Extract<UserSignalEnvelope, { type: T }>["data"];
