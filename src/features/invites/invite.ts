import type { Config } from "../../config.ts";
import type { invites } from "../../db/index.ts";
import { workspacePermissions } from "../../domain/permissions.ts";
import { isoTime } from "../../lib/time.ts";
import type { Invite, WorkspaceRole } from "../../protocol/index.ts";
import type { UserRow } from "../users/index.ts";

export type InviteRow = typeof invites.$inferSelect;

/** Returns the roles that may create, list and revoke invites, and whose invites can be used. */
export const inviterRoles = ({ INVITES_BY }: Pick<Config, "INVITES_BY">): readonly WorkspaceRole[] =>
  INVITES_BY === "members" ? [...workspacePermissions.invite, "member"] : workspacePermissions.invite;

/** Returns whether the creator of an invite may still invite. */
export const mayInvite = (
  config: Pick<Config, "INVITES_BY">,
  inviter: Pick<UserRow, "role" | "active">,
): boolean => inviter.active && inviterRoles(config).includes(inviter.role);

/** Returns whether an invite can be used, or why not. */
export function inviteState(
  { revokedAt, uses, maxUses, expiresAt }: Pick<InviteRow, "revokedAt" | "uses" | "maxUses" | "expiresAt">,
  nowMs: number,
): Invite["state"] {
  if (revokedAt !== null) return "revoked";
  if (uses >= maxUses) return "used";
  return expiresAt <= nowMs ? "expired" : "active";
}

/** Converts a row to the invite as a user sees it. Only its creator sees the channels, which may be private. */
export function presentInvite(row: InviteRow, viewerId: string, nowMs: number): Invite {
  const { id, createdBy, maxUses, uses, email, role, channelIds } = row;
  return {
    id,
    createdBy,
    createdAt: isoTime(row.createdAt),
    expiresAt: isoTime(row.expiresAt),
    maxUses,
    uses,
    email,
    channelIds: createdBy === viewerId ? channelIds : [],
    role,
    state: inviteState(row, nowMs),
  };
}
