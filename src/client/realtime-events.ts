import type { Unread } from "./contract/reads.ts";
import type {
  UserEventEnvelope,
  UserEventType,
  UserSignalEnvelope,
  UserSignalType,
} from "./contract/user-events.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import type { RoomState } from "./room-events.ts";

/**
 * The events of the realtime connection: the user's own events under their names and under `event`, signals, which a device that is not
 * connected misses, and changes of the connection.
 */
export type RealtimeEvents = { [T in UserEventType]: Extract<UserEventEnvelope, { type: T }> } & {
  [T in UserSignalType]: Extract<UserSignalEnvelope, { type: T }>;
} & {
  /** Any of the user's own events: exactly once, in the order of `seq`. Events of channels are emitted by their rooms. */
  event: UserEventEnvelope;
  /** Own events are missing, or their log was replaced: fetch again what you derived from them (notifications, channels, unreads). */
  reset: LogPosition;
  /** All channels of the user with their unread counts: after connecting, and every 30 s by default. */
  unreads: Unread[];
  /** The state changed; it is `live` when the own events and every subscribed channel are live. */
  state: RoomState;
  /** The connection was lost; the next attempt follows in `retryInMs`. */
  lost: { retryInMs: number };
  /** An error that belongs to no command, or a failure that is retried. */
  error: ParleyError;
  /** The connection and its rooms are closed for good: by `close()`, because the session ended, or because it must pass a second factor: `second_factor_required`, after which the tokens stay valid. */
  closed: ParleyError;
};
