import type { ServerEnvelope } from "./contract/frames.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import type { Command } from "./pending-commands.ts";

/** What carries a room: a socket of its own, or its part of a shared one. */
export interface Transport {
  /** How many commands have no answer yet. */
  readonly unanswered: number;
  /** Resolves with the server's answer. */
  send(command: Command): Promise<unknown>;
  /** Sends a frame at once or not at all; false where it would have to wait. */
  signal(frame: object): boolean;
  /** Ends the line, and rejects commands without an answer. */
  end(error: ParleyError): void;
}

/** What a line reports to its room; nothing is called after `ended`. */
export interface TransportHandlers {
  /** The place to resume from. */
  readonly position: LogPosition | null;
  connecting(): void;
  /** Connected; `head` is the end of the log, where it is known already. */
  connected(head?: LogPosition): void;
  /** The envelopes of this room, in order. */
  envelopes(envelopes: readonly ServerEnvelope[]): void;
  /** The connection is there, but the room must be subscribed to again. */
  interrupted(): void;
  lost(retryInMs: number): void;
  /** An error that rejects no command. */
  failed(error: ParleyError): void;
  ended(error: ParleyError): void;
}

export type OpenTransport = (room: TransportHandlers) => Transport;
