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
}

/** An actor, and whether a room admitted them before to the channel of the request. */
export interface CheckedActor extends Actor {
  isAdmitted?: boolean;
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
