import type { ServerEnvelope } from "./contract/frames.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import type { Command } from "./pending-commands.ts";

/** Connects a room to the server: by a separate socket (`directTransport`), or by a shared one (`Subscription`). */
export interface Transport {
  /** How many commands of the room have no response yet. */
  readonly unanswered: number;
  /**
   * Sends a command as soon as there is a connection.
   *
   * @returns the data of the server's `ack`
   */
  send(command: Command): Promise<unknown>;
  /** Sends a frame at once; if it would have to wait, drops it and returns false. */
  signal(frame: object): boolean;
  /** Closes the transport, and rejects commands that have no response. */
  end(error: ParleyError): void;
}

/** The room's handlers for what its transport reports; none is called after `ended`. */
export interface TransportHandlers {
  /** The position to resume from. */
  readonly position: LogPosition | null;
  connecting(): void;
  /** @param head - the end of the log, where the server has sent it already */
  connected(head?: LogPosition): void;
  /** Envelopes for this room, in the order of arrival. */
  envelopes(envelopes: readonly ServerEnvelope[]): void;
  /** The server ended the subscription and the transport renews it; the connection is open. */
  interrupted(): void;
  lost(retryInMs: number): void;
  /** An error that belongs to no command. */
  failed(error: ParleyError): void;
  ended(error: ParleyError): void;
}

/** Opens the transport of a room. */
export type OpenTransport = (room: TransportHandlers) => Transport;
