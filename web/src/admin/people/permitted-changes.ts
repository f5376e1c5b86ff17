import type { User } from "../../../../src/client/index.ts";

const ordinaryRoles = ["admin", "member", "guest"] as const;

/** A role that more than one user can have. */
export type OrdinaryRole = (typeof ordinaryRoles)[number];

/** What an admin may do with an account. The server decides; this only leaves out what it would reject. */
export interface PermittedChanges {
  /** The roles that the user can get. */
  roles: OrdinaryRole[];
  transferOwnership: boolean;
  suspend: boolean;
  reactivate: boolean;
  endSessions: boolean;
  resetSecondFactors: boolean;
  erase: boolean;
}

/** Returns what the owner or an admin may do with the account of a user. */
export function permittedChanges(
  actor: Pick<User, "id" | "role">,
  user: Pick<User, "id" | "role" | "active" | "isBot" | "erasedAt">,
): PermittedChanges {
  const mayErase = user.id !== actor.id && user.role !== "owner";
  // An erased account can only be erased again, in case its job failed.
  const mayChange = mayErase && user.erasedAt === undefined;
  return {
    roles: mayChange ? ordinaryRoles.filter((role) => role !== user.role) : [],
    transferOwnership:
      mayChange && actor.role === "owner" && user.active && !user.isBot && user.role !== "guest",
    suspend: mayChange && user.active,
    reactivate: mayChange && !user.active,
    endSessions: mayChange && user.active && !user.isBot,
    resetSecondFactors: mayChange && !user.isBot,
    erase: mayErase,
  };
}

/** Whether a search is for an e-mail address, which the server finds only as a whole. */
export const isEmailAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
