import type { TokenGrant } from "./token-grant.ts";
import type { CustomStatus, Presence, WorkspaceRole } from "../protocol/index.ts";

/** The public part of an account, which rooms store of their members. Its authority is the user's hub; `rev` grows with each change. */
export interface UserFacts {
  userId: string;
  username: string;
  role: WorkspaceRole;
  active: boolean;
  rev: number;
}

/** An account as its hub stores it. Sessions that were begun under an older `credentialVersion` have ended. */
export interface AccountFacts extends UserFacts {
  credentialVersion: number;
}

/** The user who makes a request, with a live session. */
export interface Actor {
  userId: string;
  sessionId: string;
  role: WorkspaceRole;
  /** What the token permits, if the session is one. */
  grant?: TokenGrant | undefined;
  /** The account belongs to a program, not to a person. */
  isBot?: true | undefined;
}

/** The user who reads what D1 has of the workspace. */
export interface Reader {
  userId: string;
  /** Guests see only their own channels and the members of these. */
  isGuest: boolean;
}

/** An actor, and what their hub answers with the check of the session. An earlier release leaves out what it does not know. */
export interface CheckedActor extends Actor {
  /** Whether a room admitted the user before to the channel of the request. */
  isAdmitted?: boolean;
  /** The answer about the sockets that the caller is about to open. */
  attached?: AttachedSockets;
}

/**
 * A user's status as others see it, from their hub. A user who is `offline` is not shown as present. `rev` grows with each change,
 * and is independent of the `rev` of the account.
 */
export interface UserStatus {
  userId: string;
  presence: Presence;
  custom: CustomStatus | null;
  rev: number;
}

/** How a session reaches a room: `client` is the room's own socket, `gateway` the shared socket. */
export type SocketPath = "client" | "gateway";

/** Sockets of one session that the Worker is about to open to rooms. It chooses the ids, under which the hub counts the sockets. */
export interface PlannedSockets {
  via: SocketPath;
  sockets: { socketId: string; channelId: string }[];
}

/** What a room needs to accept a socket: the user's facts and status, as the hub had them when it registered the socket. */
export interface SocketAdmission {
  facts: UserFacts;
  status: UserStatus;
}

/** A hub's answer about planned sockets. */
export interface AttachedSockets extends SocketAdmission {
  /** When the hub registered the sockets, in ms since 1970. */
  atMs: number;
  /** Those of the channels to which the user was admitted before, whose rooms therefore exist. */
  admittedChannelIds: string[];
  /** The registered sockets: those to admitted channels, as far as the quota allows. For others the room asks the hub. */
  socketIds: string[];
}
