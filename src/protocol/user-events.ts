import { z } from "zod";
import { Channel } from "./channels.ts";
import { ChannelId, Seq, Timestamp } from "./common.ts";
import { UserGroup } from "./groups.ts";
import { Member } from "./members.ts";
import { Notification } from "./notifications.ts";
import { Self } from "./users.ts";

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
