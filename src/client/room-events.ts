import type { Commands, CommandType } from "./contract/commands.ts";
import type { EventEnvelope, EventType } from "./contract/events.ts";
import type { Subscribed } from "./contract/frames.ts";
import type { SignalEnvelope, SignalType } from "./contract/presence.ts";
import type { CommandRun } from "./contract/messages.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";

/**
 * `connecting`: the first connection, or a retry, is being made. `behind`: connected, and missed events are still arriving. `live`:
 * every event was emitted. `offline`: waiting for a retry, or closed.
 */
export type RoomState = "connecting" | "behind" | "live" | "offline";

/**
 * The events of a room: each logged event under its own name and under `event`, signals (presence, typing) under theirs, and changes
 * of the connection.
 */
export type RoomEvents = { [T in EventType]: Extract<EventEnvelope, { type: T }> } & {
  [T in SignalType]: Extract<SignalEnvelope, { type: T }>;
} & {
  /** Any logged event: exactly once, in the order of `seq`, also of types that are newer than this version of the client. */
  event: EventEnvelope;
  /** The state changed. */
  state: RoomState;
  /** The server confirmed the subscription; the data names the users that are online. */
  subscribed: Subscribed["data"];
  /** More events were missed than the server replays: those from `from` to `to`, inclusive, are being fetched. */
  gap: { from: number; to: number };
  /** The channel's log was replaced: discard what you show. `snapshot`, if there is one, is called next. */
  reset: LogPosition;
  /** The connection was lost; the next attempt follows in `retryInMs`. */
  lost: { retryInMs: number };
  /** An error that belongs to no command, or a failure that is retried. */
  error: ParleyError;
  /** The room is closed for good: by `close()`, because the session ended or must pass a second factor, or because the user can no longer read the channel. */
  closed: ParleyError;
};

/** The data that a command accepts. */
export type CommandInput<T extends CommandType> = Commands[T]["data"];

/** What the server did with a message: it posted the `message`, or ran the slash `command` with whose name the content begins. */
type PostedOrRun<Posted> = (Posted & { command?: never }) | { command: CommandRun; message?: never };

/**
 * The data of the command's event; `deduplicated` says that an earlier command with the same nonce had committed it. For a message it has `message`, or
 * `command` if it was a slash command.
 */
export type AckData<T extends CommandType> = (T extends "messageCreate" | "threadCreate"
  ? PostedOrRun<Commands[T]["ack"]>
  : Commands[T]["ack"]) & { nonce?: string; deduplicated?: true };
