// Generated from src/protocol/presence.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, MessageId, Page, Timestamp, UserId } from "./common.ts";
import type { CustomStatus } from "./users.ts";

/** A change of a user's presence, as channels broadcast it. */
export interface StatusChange {
  userId: UserId;
  presence: Presence;
  custom: CustomStatus | null;
}

/** The presence of a user as others see it. Invisible users are `offline`. */
export type Presence = "online" | "away" | "dnd" | "offline";

export type SignalEnvelope =
  | TypingSignal
  | UserOnlineSignal
  | UserOfflineSignal
  | StatusUpdateSignal
  | OnlineCountSignal;

export interface TypingSignal {
  type: "typing";
  channelId: ChannelId;
  data: {
    userId: UserId;
    threadId: MessageId | null;
  };
}

export interface UserOnlineSignal {
  type: "userOnline";
  channelId: ChannelId;
  data: {
    userId: UserId;
  };
}

export interface UserOfflineSignal {
  type: "userOffline";
  channelId: ChannelId;
  data: {
    userId: UserId;
  };
}

export interface StatusUpdateSignal {
  type: "statusUpdate";
  channelId: ChannelId;
  data: StatusChange;
}

export interface OnlineCountSignal {
  type: "onlineCount";
  channelId: ChannelId;
  data: {
    onlineCount: number;
    online?: UserId[];
  };
}

export interface GetPresenceInput {
  query: GetPresenceQuery;
}

export interface GetPresenceQuery {
  /** 1 to 200 user ids, separated by commas. */
  userIds: string | readonly string[];
}

export interface UserPresence {
  userId: UserId;
  presence: Presence;
  custom: CustomStatus | null;
  /** When the user was last active, to the minute; null for never. */
  lastActiveAt: Timestamp | null;
}

export interface GetUserPresenceInput {
  params: {
    userId: UserId;
  };
}

/**
 * Get the presence of up to 200 users. Unknown ids are omitted.
 *
 * `GET /v1/presence`
 *
 * @throws ParleyError `validation_failed`
 */
export const getPresence: Endpoint<GetPresenceInput, Page<UserPresence>> = {
  method: "GET",
  path: "/v1/presence",
  idempotent: true,
};

/**
 * Get the presence and the custom status of a user.
 *
 * `GET /v1/users/:userId/presence`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getUserPresence: Endpoint<GetUserPresenceInput, UserPresence> = {
  method: "GET",
  path: "/v1/users/:userId/presence",
  idempotent: true,
};

export const signalTypes = ["typing", "userOnline", "userOffline", "statusUpdate", "onlineCount"] as const;

export type SignalType = SignalEnvelope["type"];

export type SignalData<T extends SignalType> = Extract<SignalEnvelope, { type: T }>["data"];
