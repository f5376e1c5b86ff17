import { reject } from "../../errors/app-error.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import type { WorkspaceRole } from "../../protocol/index.ts";

export interface Account {
  id: string;
  role: WorkspaceRole;
  active: boolean;
}

export interface UserChange {
  role?: WorkspaceRole | undefined;
  active?: boolean | undefined;
}

/** How the account is to be; `handsOn`: the workspace goes from the actor to it. Undefined: it is so already. */
export interface UserUpdate {
  role: WorkspaceRole;
  active: boolean;
  transfersOwnership: boolean;
}

/**
 * The owner and admins see to everybody but themselves and the owner; the workspace goes from hand to hand by its owner
 * alone. What is so already is so for everybody who might have asked: a repeated request is answered as the first was.
 */
export function decideUpdateUser(actor: Account, user: Account, change: UserChange): UserUpdate | undefined {
  if (!actor.active || !checkWorkspacePermissions("manageUsers", actor.role))
    reject("forbidden", "Only the workspace's owner and admins change other users");
  const { role = user.role, active = user.active } = change;
  if (role === user.role && active === user.active) return undefined;
  if (user.id === actor.id) reject("conflict", "Nobody changes their own role, or suspends themselves");
  if (user.role === "owner")
    reject("forbidden", "Nobody demotes or suspends the owner, who can hand the workspace on");
  const handsOn = role === "owner";
  if (handsOn && !checkWorkspacePermissions("transferOwnership", actor.role))
    reject("forbidden", "Only the owner hands the workspace on");
  if (handsOn && !active) reject("conflict", "Somebody suspended can't own the workspace");
  return { role, active, transfersOwnership: handsOn };
}
