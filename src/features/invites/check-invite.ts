import type { Config } from "../../config.ts";
import { isSameMailbox } from "../../domain/email-key.ts";
import { inviteOfToken } from "../../domain/mail-tokens.ts";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { reject } from "../../errors/app-error.ts";
import type { Database } from "../../db/index.ts";
import { findUser } from "../users/index.ts";
import { type InviteRow, inviteState, mayInvite } from "./invite.ts";
import { findInvite } from "./queries.ts";

/**
 * Returns the invite of a token. A forged, expired, revoked and used one get the same error, as does one of a user who was suspended or may no
 * longer invite. The invite of a former admin confirms no address.
 *
 * @param email the address that registers
 * @throws `forbidden` if the invite cannot be used, or is bound to another address
 */
export async function requireInvite(
  db: Database,
  config: Pick<Config, "REFRESH_TOKEN_KEY" | "INVITES_BY">,
  { token, email }: { token: string; email: string },
): Promise<InviteRow> {
  const inviteId = inviteOfToken(config.REFRESH_TOKEN_KEY, token);
  const invite = inviteId === undefined ? undefined : await findInvite(db, inviteId);
  if (!invite || inviteState(invite, Date.now()) !== "active") return rejectInvite();
  const inviter = await findUser(db, invite.createdBy);
  if (!inviter || !mayInvite(config, inviter)) return rejectInvite();
  if (invite.email !== null && !isSameMailbox(invite.email, email))
    return reject("forbidden", "This invite is for another e-mail address", {
      issues: [{ path: "email", message: "Must be the address of the invite" }],
    });
  return { ...invite, confirmsEmail: invite.confirmsEmail && isWorkspaceAdmin(inviter.role) };
}

/** @throws `forbidden`, always */
export const rejectInvite = (): never =>
  reject("forbidden", "The invite is not valid, or no longer valid", {
    issues: [{ path: "inviteToken", message: "Not valid" }],
  });
