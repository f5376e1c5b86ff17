import { z } from "zod";
import { Channel } from "./channels.ts";
import {
  ChannelId,
  EphemeralMessageId,
  MessageId,
  ReminderId,
  ScheduledMessageId,
  Seq,
  Timestamp,
  EventSubscriptionId,
} from "./common.ts";
import { Draft } from "./drafts.ts";
import { EphemeralMessage } from "./ephemeral.ts";
import { UserGroup } from "./groups.ts";
import { Member } from "./members.ts";
import { Notification } from "./notifications.ts";
import { ReminderState } from "./reminders.ts";
import { SavedMessage } from "./saved-messages.ts";
import { ScheduledError, ScheduledState } from "./scheduled-messages.ts";
import { CommandInvocation } from "./command-runs.ts";
import { Self } from "./users.ts";
import { SubscriptionStateReason } from "./event-subscriptions.ts";

/**
 * The events of a user's own log: changes that concern this user alone, on all of their devices. They are sent on `/v1/realtime` without
 * a subscription. `seq` and `epoch` are those of the user's log, not of a channel's.
 */
export const userEvents = {
  notificationCreate: z.object({ notification: Notification }),
  /** All notifications up to `lastReadSeq` are read. `seqs`: later ones that were just marked as read too. */
  notificationRead: z.object({ lastReadSeq: Seq, seqs: z.array(Seq).optional() }),
  /** These notifications were removed: the message was deleted, or no longer mentions the user. */
  notificationDelete: z.object({ seqs: z.array(Seq) }),
  /** The user's read position in a channel changed. Several changes in short order are sent as one event. */
  readUpdate: z.object({ channelId: ChannelId, lastReadSeq: Seq }),
  /** The user's account changed. */
  userUpdate: z.object({ user: Self }),
  /** A user group of which the user is, or was, a member changed. `isMember`: whether the user is one now. */
  groupUpdate: z.object({ group: UserGroup, isMember: z.boolean() }),
  /** A user group of which the user was a member was deleted. */
  groupDelete: z.object({ group: UserGroup }),
  /** A channel was created by the user, or with the user as a member. */
  channelCreate: z.object({ channel: Channel }),
  /** The user joined or left a channel. */
  memberJoin: z.object({ channelId: ChannelId, member: Member }),
  memberLeave: z.object({ channelId: ChannelId, member: Member }),
  /** A scheduled message was created, changed, sent, or rejected by its channel. The event holds no text: fetch it. */
  scheduledMessageUpdate: z.object({
    scheduledMessageId: ScheduledMessageId,
    channelId: ChannelId,
    sendAt: Timestamp,
    state: ScheduledState,
    error: ScheduledError.nullable(),
    messageId: MessageId.nullable(),
    rev: z.int(),
  }),
  /** A scheduled message was cancelled. */
  scheduledMessageDelete: z.object({ scheduledMessageId: ScheduledMessageId }),
  /** A reminder was created, changed, snoozed, completed, or became due. The event holds no text: fetch it. */
  reminderUpdate: z.object({
    reminderId: ReminderId,
    at: Timestamp,
    state: ReminderState,
    rev: z.int(),
  }),
  /** A reminder was cancelled. */
  reminderDelete: z.object({ reminderId: ReminderId }),
  /** A message was saved, or marked as done or not done. */
  savedMessageUpdate: z.object({ savedMessage: SavedMessage }),
  /** A message is no longer saved. */
  savedMessageDelete: z.object({ messageId: MessageId }),
  /** A subscription of the user was disabled, because its receiver failed for too long or responded with 410. */
  subscriptionDisable: z.object({
    subscriptionId: EventSubscriptionId,
    name: z.string(),
    reason: SubscriptionStateReason,
  }),
} as const satisfies Record<string, z.ZodType>;

export type UserEventType = keyof typeof userEvents;
export type UserEventData<T extends UserEventType> = z.output<(typeof userEvents)[T]>;
export const userEventTypes = Object.keys(userEvents) as UserEventType[];

const envelopes = userEventTypes.map((type) =>
  z
    .object({ type: z.literal(type), seq: Seq, at: Timestamp, data: userEvents[type] })
    .meta({ id: `Own${type[0]?.toUpperCase()}${type.slice(1)}Event` }),
);

/** A user event as clients receive it. It has no `channelId`, which distinguishes it from a channel event of the same type. */
export const UserEventEnvelope = z.union(envelopes).meta({ id: "UserEventEnvelope" });
export type UserEventEnvelope = {
  [T in UserEventType]: { type: T; seq: number; at: string; data: UserEventData<T> };
}[UserEventType];

/**
 * Signals to all devices of a user: live, without a `seq`, and never stored. A device that is not connected misses them.
 */
export const userSignals = {
  /** A message that only this user sees. It exists nowhere but on the devices that received it. */
  ephemeralCreate: z.object({ message: EphemeralMessage }),
  /** A draft was changed on one of the user's devices. Ignore it if you have the draft with this `rev` or a higher one. */
  draftUpdate: z.object({ draft: Draft }),
  /** An ephemeral message was removed: discard it. */
  ephemeralDelete: z.object({ id: EphemeralMessageId, channelId: ChannelId }),
  /** To a bot, on one of its sockets: a user ran a command of the bot. Acknowledge it within 3 s at its `responseUrl`. */
  commandInvoke: CommandInvocation,
} as const satisfies Record<string, z.ZodType>;

export type UserSignalType = keyof typeof userSignals;
export type UserSignalData<T extends UserSignalType> = z.output<(typeof userSignals)[T]>;
export const userSignalTypes = Object.keys(userSignals) as UserSignalType[];

const signalEnvelopes = userSignalTypes.map((type) =>
  z
    .object({ type: z.literal(type), at: Timestamp, data: userSignals[type] })
    .meta({ id: `Own${type[0]?.toUpperCase()}${type.slice(1)}Signal` }),
);

/** A signal to a user as clients receive it: on `/v1/realtime`, without a subscription. */
export const UserSignalEnvelope = z.union(signalEnvelopes).meta({ id: "UserSignalEnvelope" });
export type UserSignalEnvelope = {
  [T in UserSignalType]: { type: T; at: string; data: UserSignalData<T> };
}[UserSignalType];
