import type { Unread } from "./contract/reads.ts";
import type { UserEventEnvelope, UserEventType } from "./contract/user-events.ts";
import type { ParleyError } from "./error.ts";
import type { Place } from "./feed.ts";
import type { RoomState } from "./room-events.ts";

/** What the one socket tells: the user's own events under their names and under `event`, and the life of the connection. */
export type RealtimeEvents = { [T in UserEventType]: Extract<UserEventEnvelope, { type: T }> } & {
  /** Any event of the user's own: once, in the order of `seq`. Those of channels come to their handles. */
  event: UserEventEnvelope;
  /** Own events are missing, or of another log: fetch what you show of them (notifications, channels, unreads) again. */
  reset: Place;
  /** All of the user's channels with their counts: when it connects, and every 30 s unless told otherwise. */
  unreads: Unread[];
  /** Of the whole: `live` when the own events and every subscribed channel are. */
  state: RoomState;
  /** The connection is gone; the next attempt comes after that wait. */
  lost: { retryInMs: number };
  /** A refusal that nobody waits for, or something that failed and is tried again. */
  error: ParleyError;
  /** It will not come back by itself: it was closed here, or the session ended. Its channels are closed too. */
  closed: ParleyError;
};
