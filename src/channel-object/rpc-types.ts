import type { ChannelRole } from "../protocol/index.ts";

/** The outcome of a command, for a caller over RPC. */
export interface CommandResult {
  result: object;
  repeated: boolean;
  seq: number;
  epoch: string;
  /** Whether the room holds an open socket of the caller's session; absent from rooms of earlier releases. */
  isHeld?: boolean;
}

export interface ReadAccess {
  /** Null for a user who reads a public channel without being a member. */
  role: ChannelRole | null;
  head: number;
  epoch: string;
}
