import { z } from "zod";
import { Channel } from "./channels.ts";
import { ChannelId, Seq, Timestamp } from "./common.ts";
import { Member } from "./members.ts";
import { Notification } from "./notifications.ts";
import { Self } from "./users.ts";

/**
 * What the log of a user's own events holds: what concerns them alone, on whichever device. On the one socket these come unasked.
 * Their `seq` and `epoch` are that log's, not a channel's.
 */
export const userEvents = {
  notificationCreate: z.object({ notification: Notification }),
  /** All up to `lastReadSeq` are read; besides, `seqs` are from now on, where it is given. */
  notificationRead: z.object({ lastReadSeq: Seq, seqs: z.array(Seq).optional() }),
  /** These are no longer shown: their message was deleted, or mentions you no longer. */
  notificationDelete: z.object({ seqs: z.array(Seq) }),
  /** Where you now stand in a channel; one that is told later may stand for several. */
  readUpdate: z.object({ channelId: ChannelId, lastReadSeq: Seq }),
  /** Your account. */
  userUpdate: z.object({ user: Self }),
  /** Made by you, or with you in it. */
  channelCreate: z.object({ channel: Channel }),
  /** Yourself. */
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

/** An event of a user's own as it goes on the wire: without `channelId`, which tells it from an event of a channel. */
export const UserEventEnvelope = z.union(envelopes).meta({ id: "UserEventEnvelope" });
export type UserEventEnvelope = {
  [T in UserEventType]: { type: T; seq: number; at: string; data: UserEventData<T> };
}[UserEventType];
