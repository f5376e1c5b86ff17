import { z } from "zod";
import { ChannelId, MessageId, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { CustomStatus, userIdList, userParams } from "./users.ts";

/** The presence of a user as others see it. Invisible users are `offline`. */
export const Presence = z.enum(["online", "away", "dnd", "offline"]).meta({ id: "Presence" });
export type Presence = z.infer<typeof Presence>;

export const UserPresence = z
  .object({
    userId: UserId,
    presence: Presence,
    custom: CustomStatus.nullable(),
    lastActiveAt: Timestamp.nullable().meta({
      description: "When the user was last active, to the minute; null for never.",
    }),
  })
  .meta({ id: "UserPresence" });
export type UserPresence = z.infer<typeof UserPresence>;

/** A change of a user's presence, as channels broadcast it. */
export const StatusChange = z
  .object({ userId: UserId, presence: Presence, custom: CustomStatus.nullable() })
  .meta({ id: "StatusChange" });
export type StatusChange = z.infer<typeof StatusChange>;

/**
 * Ephemeral broadcasts of a channel: not stored, without `seq`, never replayed, and dropped for slow clients. A frame contains either
 * signals or other envelopes, never both, so that it can be dropped as a whole.
 */
export const signals = {
  /** Valid for 5 s (`limits.typingEndsMs`); repeated while the user keeps typing. */
  typing: z.object({ userId: UserId, threadId: MessageId.nullable() }),
  userOnline: z.object({ userId: UserId }),
  userOffline: z.object({ userId: UserId }),
  statusUpdate: StatusChange,
  /**
   * Replaces the list of ids while more than 200 users are online. `online`: there are 200 or fewer again; these are their ids, and
   * changes are broadcast one by one from here on.
   */
  onlineCount: z.object({ onlineCount: z.int(), online: z.array(UserId).optional() }),
} as const satisfies Record<string, z.ZodType>;

export type SignalType = keyof typeof signals;
export type SignalData<T extends SignalType> = z.output<(typeof signals)[T]>;
export const signalTypes = Object.keys(signals) as SignalType[];

const envelopes = signalTypes.map((type) =>
  z
    .object({ type: z.literal(type), channelId: ChannelId, data: signals[type] })
    .meta({ id: `${type[0]?.toUpperCase()}${type.slice(1)}Signal` }),
);

export const SignalEnvelope = z.union(envelopes).meta({ id: "SignalEnvelope" });
export type SignalEnvelope = {
  [T in SignalType]: { type: T; channelId: string; data: SignalData<T> };
}[SignalType];

export const getUserPresence = endpoint({
  method: "get",
  path: "/v1/users/:userId/presence",
  tag: "users",
  auth: "user",
  restricted: true,
  summary: "Get the presence and the custom status of a user",
  params: userParams,
  status: 200,
  response: UserPresence,
  errors: [],
});

export const getPresence = endpoint({
  method: "get",
  path: "/v1/presence",
  tag: "users",
  auth: "user",
  restricted: true,
  summary: "Get the presence of up to 200 users. Unknown ids are omitted",
  query: z.strictObject({ userIds: userIdList }),
  status: 200,
  response: z.object({ items: z.array(UserPresence), nextCursor: z.null() }),
  errors: [],
});
