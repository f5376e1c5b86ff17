import type { Commands, CommandType } from "./contract/commands.ts";
import type { EventEnvelope, EventType } from "./contract/events.ts";
import type { Subscribed } from "./contract/frames.ts";
import type { SignalEnvelope, SignalType } from "./contract/presence.ts";
import type { ParleyError } from "./error.ts";
import type { Place } from "./feed.ts";

/**
 * `connecting`: on the way to the server. `behind`: there, but what was missed is still coming. `live`: what was
 * handed out is all there is. `offline`: waiting to try again, or closed.
 */
export type RoomState = "connecting" | "behind" | "live" | "offline";

/**
 * What a room tells: each logged event under its own name and under `event`, signals (who is there, who types) under theirs, and
 * the life of the connection.
 */
export type RoomEvents = { [T in EventType]: Extract<EventEnvelope, { type: T }> } & {
  [T in SignalType]: Extract<SignalEnvelope, { type: T }>;
} & {
  /** Any logged event: once, in the order of `seq`, also of types that this client does not know yet. */
  event: EventEnvelope;
  state: RoomState;
  /** The server let you in; who is online comes with it. */
  subscribed: Subscribed["data"];
  /** Too much was missed to be sent: these events, both included, are being fetched. */
  gap: { from: number; to: number };
  /** What you hold is of another log: forget it. If you gave a way to fetch a snapshot, that is called next. */
  reset: Place;
  /** The connection is gone; the next attempt comes after that wait. */
  lost: { retryInMs: number };
  /** A refusal that nobody waits for, or something that failed and is tried again. */
  error: ParleyError;
  /** It will not come back by itself: it was closed here, the session ended, or you may not be here. */
  closed: ParleyError;
};

/** What a command takes. */
export type CommandInput<T extends CommandType> = Commands[T]["data"];

/** What the command's event carries, and whether the command was done before. */
export type AckData<T extends CommandType> = Commands[T]["ack"] & { nonce?: string; deduplicated?: true };
