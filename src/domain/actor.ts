import type { CustomStatus, Presence, WorkspaceRole } from "../protocol/index.ts";

/** What the user's hub vouches for, and what rooms keep of their members. `rev` grows with each change of the account. */
export interface UserFacts {
  userId: string;
  username: string;
  role: WorkspaceRole;
  active: boolean;
  rev: number;
}

/** The facts with what is the account's own business: sessions begun under an older `credentialVersion` have ended. */
export interface AccountFacts extends UserFacts {
  credentialVersion: number;
}

/** Who asks: a user with a live session. */
export interface Actor {
  userId: string;
  sessionId: string;
  role: WorkspaceRole;
}

/** An actor, and whether their hub holds the channel about which the same call asked: they were admitted to it before. */
export interface CheckedActor extends Actor {
  isAdmitted?: boolean;
}

/**
 * How a user shows themselves wherever they are present, by their hub's word; `offline`: to nobody. `rev` grows with each
 * change; it has nothing to do with that of their facts.
 */
export interface UserStatus {
  userId: string;
  presence: Presence;
  custom: CustomStatus | null;
  rev: number;
}
