import { z } from "zod";
import { ChannelId, MessageId, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { CustomStatus, userIdList, userParams } from "./users.ts";

/** How a user is seen by others. Who chose to be invisible is `offline`. */
export const Presence = z.enum(["online", "away", "dnd", "offline"]).meta({ id: "Presence" });
export type Presence = z.infer<typeof Presence>;

export const UserPresence = z
  .object({
    userId: UserId,
    presence: Presence,
    custom: CustomStatus.nullable(),
    lastActiveAt: Timestamp.nullable().meta({ description: "To the minute; null: never seen." }),
  })
  .meta({ id: "UserPresence" });
export type UserPresence = z.infer<typeof UserPresence>;

/** A user's presence as rooms tell it. */
export const StatusChange = z
  .object({ userId: UserId, presence: Presence, custom: CustomStatus.nullable() })
  .meta({ id: "StatusChange" });
export type StatusChange = z.infer<typeof StatusChange>;

/**
 * What a room tells its subscribers and keeps nowhere: no `seq`, never replayed, left out for a reader that is slow. A frame bears
 * either such envelopes or others, never both.
 */
export const signals = {
  /** Over after 5 s without another. */
  typing: z.object({ userId: UserId, threadId: MessageId.nullable() }),
  userOnline: z.object({ userId: UserId }),
  userOffline: z.object({ userId: UserId }),
  statusUpdate: StatusChange,
  /** In place of names while more than 200 are there. `online`: they are 200 or fewer again, and told by name from here on. */
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
  summary: "Whether a user is there, and what they say of it",
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
  summary: "The presence of up to 200 users; who does not exist is left out",
  query: z.strictObject({ userIds: userIdList }),
  status: 200,
  response: z.object({ items: z.array(UserPresence), nextCursor: z.null() }),
  errors: [],
});
