import type { ServerEnvelope } from "./contract/frames.ts";
import type { ParleyError } from "./error.ts";
import type { Place } from "./feed.ts";
import type { Command } from "./pending.ts";

/** What carries a room: a socket of its own, or its part of the one socket. */
export interface Line {
  /** How many commands have no answer yet. */
  readonly unanswered: number;
  /** Resolves with what the server answers. */
  send(command: Command): Promise<unknown>;
  /** What is of no use later; false where it would have to wait. */
  signal(frame: object): boolean;
  /** The room is over: lets go, and rejects what has no answer. */
  end(error: ParleyError): void;
}

/** What a line tells its room. Nothing comes after `ended`. */
export interface LineEvents {
  /** Where to go on from. */
  readonly place: Place | null;
  connecting(): void;
  /** On the way in; `head`: of the log, where it is known by now. */
  connected(head?: Place): void;
  /** What is for this room, in order. */
  envelopes(envelopes: readonly ServerEnvelope[]): void;
  /** The server is there, but this room has to be entered again. */
  interrupted(): void;
  lost(retryInMs: number): void;
  /** A refusal that nobody waits for. */
  failed(error: ParleyError): void;
  ended(error: ParleyError): void;
}

export type OpenLine = (room: LineEvents) => Line;
