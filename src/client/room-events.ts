import type { Commands, CommandType } from "./contract/commands.ts";
import type { EventEnvelope, EventType } from "./contract/events.ts";
import type { Subscribed } from "./contract/frames.ts";
import type { SignalEnvelope, SignalType } from "./contract/presence.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";

/**
 * `connecting`: no connection yet. `behind`: connected, while missed events are still arriving. `live`: every event was emitted.
 * `offline`: waiting for a retry, or closed.
 */
export type RoomState = "connecting" | "behind" | "live" | "offline";

/**
 * What a room emits: each logged event under its name and under `event`, signals (presence, typing) under theirs, and changes of the
 * connection.
 */
export type RoomEvents = { [T in EventType]: Extract<EventEnvelope, { type: T }> } & {
  [T in SignalType]: Extract<SignalEnvelope, { type: T }>;
} & {
  /** Any logged event: once, in the order of `seq`, also of types that this version of the client does not know. */
  event: EventEnvelope;
  /** The state changed. */
  state: RoomState;
  /** The server confirmed the subscription; with the users that are online. */
  subscribed: Subscribed["data"];
  /** More events were missed than the server replays: those from `from` to `to`, both included, are being fetched. */
  gap: { from: number; to: number };
  /** The channel's log was replaced: discard what you show. `snapshot`, if given, is called next. */
  reset: LogPosition;
  /** The connection was lost; the next attempt follows after that wait. */
  lost: { retryInMs: number };
  /** An error that rejects no command, or a failure that is retried. */
  error: ParleyError;
  /** The room is closed for good: by `close()`, because the session ended, or because the user may not read the channel. */
  closed: ParleyError;
};

/** What a command takes. */
export type CommandInput<T extends CommandType> = Commands[T]["data"];

/** The data of the command's event, and whether an earlier send of the same nonce had made it. */
export type AckData<T extends CommandType> = Commands[T]["ack"] & { nonce?: string; deduplicated?: true };
