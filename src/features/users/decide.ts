import { reject } from "../../errors/app-error.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import type { WorkspaceRole } from "../../protocol/index.ts";

export interface Account {
  id: string;
  role: WorkspaceRole;
  active: boolean;
  isBot?: boolean;
}

export interface UserChange {
  role?: WorkspaceRole | undefined;
  active?: boolean | undefined;
}

/** The role and state to store. `transfersOwnership`: the actor becomes an admin, and the user the owner of the workspace. */
export interface UserUpdate {
  role: WorkspaceRole;
  active: boolean;
  transfersOwnership: boolean;
}

/**
 * Decides whether all sessions of another user may be ended: by the owner and admins, and those of the owner only by the owner.
 *
 * @throws `forbidden`
 */
export function decideEndSessions(actor: Account, user: Account): void {
  if (!actor.active || !checkWorkspacePermissions("manageUsers", actor.role))
    reject("forbidden", "Only the workspace's owner and admins can end other users' sessions");
  if (user.role === "owner" && user.id !== actor.id)
    reject("forbidden", "Only the owner can end the owner's sessions");
}

/**
 * Decides a change of another user's role or state. The owner and admins may change all users except themselves and the owner; only the
 * owner may transfer the ownership. Returns undefined if nothing changes, so that a repeated request succeeds as well.
 *
 * @throws `forbidden` without permission, or for changes of the owner; `conflict` for changes of oneself, and for a transfer to a suspended
 *   user or a guest
 */
export function decideUpdateUser(actor: Account, user: Account, change: UserChange): UserUpdate | undefined {
  if (!actor.active || !checkWorkspacePermissions("manageUsers", actor.role))
    reject("forbidden", "Only the workspace's owner and admins can change other users");
  const { role = user.role, active = user.active } = change;
  if (role === user.role && active === user.active) return undefined;
  if (user.id === actor.id) reject("conflict", "You cannot change your own role or suspend yourself");
  if (user.role === "owner")
    reject("forbidden", "The owner cannot be demoted or suspended, but can transfer the ownership");
  const handsOn = role === "owner";
  if (handsOn && !checkWorkspacePermissions("transferOwnership", actor.role))
    reject("forbidden", "Only the owner can transfer the ownership");
  if (handsOn && user.isBot) reject("conflict", "A bot cannot become the owner");
  if (handsOn && !active) reject("conflict", "A suspended user cannot become the owner");
  if (handsOn && user.role === "guest")
    reject("conflict", "A guest cannot become the owner; make them a member first");
  return { role, active, transfersOwnership: handsOn };
}
