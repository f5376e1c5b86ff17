import type { invites } from "../../db/index.ts";
import { isoTime } from "../../lib/time.ts";
import type { Invite } from "../../protocol/index.ts";

export type InviteRow = typeof invites.$inferSelect;

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
