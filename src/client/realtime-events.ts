import type { Unread } from "./contract/reads.ts";
import type { UserEventEnvelope, UserEventType } from "./contract/user-events.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import type { RoomState } from "./room-events.ts";

/** What the realtime connection emits: the user's own events under their names and under `event`, and changes of the connection. */
export type RealtimeEvents = { [T in UserEventType]: Extract<UserEventEnvelope, { type: T }> } & {
  /** Any of the user's own events: once, in the order of `seq`. Events of channels are emitted by their handles. */
  event: UserEventEnvelope;
  /** Own events are missing, or their log was replaced: fetch again what you show of them (notifications, channels, unreads). */
  reset: LogPosition;
  /** All of the user's channels with their unread counts: after connecting, and every 30 s by default. */
  unreads: Unread[];
  /** The state of the whole changed; `live` when the own events and every subscribed channel are. */
  state: RoomState;
  /** The connection was lost; the next attempt follows after that wait. */
  lost: { retryInMs: number };
  /** An error that rejects no command, or a failure that is retried. */
  error: ParleyError;
  /** The connection is closed for good, with its channels: by `close()`, or because the session ended. */
  closed: ParleyError;
};
