import type { Config } from "../../config.ts";
import { inviteOfToken } from "../../domain/mail-tokens.ts";
import { reject } from "../../errors/app-error.ts";
import type { Database } from "../../db/index.ts";
import { findUser } from "../users/index.ts";
import { type InviteRow, inviteState } from "./invite.ts";
import { findInvite } from "./queries.ts";

/**
 * Returns the invite of a token. A forged, expired, revoked and used one get the same error, as does one of a suspended user.
 *
 * @param emailKey the key of the address that registers
 * @throws `forbidden` if the invite cannot be used, or is bound to another address
 */
export async function requireInvite(
  db: Database,
  { REFRESH_TOKEN_KEY }: Pick<Config, "REFRESH_TOKEN_KEY">,
  { token, emailKey }: { token: string; emailKey: string },
): Promise<InviteRow> {
  const inviteId = inviteOfToken(REFRESH_TOKEN_KEY, token);
  const invite = inviteId === undefined ? undefined : await findInvite(db, inviteId);
  if (!invite || inviteState(invite, Date.now()) !== "active") return rejectInvite();
  // A suspended user must not let others in.
  const inviter = await findUser(db, invite.createdBy);
  if (!inviter?.active) return rejectInvite();
  if (invite.emailKey !== null && invite.emailKey !== emailKey)
    return reject("forbidden", "This invite is for another e-mail address", {
      issues: [{ path: "email", message: "Must be the address of the invite" }],
    });
  return invite;
}

/** @throws `forbidden`, always */
export const rejectInvite = (): never =>
  reject("forbidden", "The invite is not valid, or no longer valid", {
    issues: [{ path: "inviteToken", message: "Not valid" }],
  });
