import type { z } from "zod";
import type { Config } from "../../config.ts";
import { confirmTokenMs } from "../../domain/mail-tokens.ts";
import { emailDomain } from "../../domain/email-key.ts";
import { confirmsAddresses, mailDriver, registrationMode } from "../../domain/registration-mode.ts";
import { reject } from "../../errors/app-error.ts";
import { queueMail, requireMail } from "../../http/queue-mail.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { newId } from "../../lib/ids.ts";
import { isSameText, macOf } from "../../lib/macs.ts";
import { accountDatabase, type Database } from "../../db/index.ts";
import type { register as endpoint, WorkspaceRole } from "../../protocol/index.ts";
import { type InviteRow, inviterRoles, requireInvite } from "../invites/index.ts";
import type { UserRow } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { hashPassword, requireQueueSpace } from "./passwords.ts";
import { insertPending } from "./pending-registrations.ts";
import { hasOwner, insertAccount } from "./queries.ts";

type Registration = z.output<(typeof endpoint)["body"]>;

/**
 * Registers an account, if the mode of registration permits it. The first account of the workspace becomes its owner in every mode; outside
 * of a local server it needs the setup token.
 *
 * @param origin the origin of links in mails without a `PUBLIC_URL`
 * @returns the account; undefined if it is created only once its e-mail address is confirmed. In that case the steps are the same whether or
 *   not another account has the address.
 * @throws `forbidden` if the mode does not permit it, or for a first account without the setup token; `conflict` if the username or, where
 *   addresses are not confirmed first, the e-mail address is taken; `validation_failed` for a common password; `rate_limited`; `unavailable` if
 *   too many hashes are queued or a part does not answer
 */
export async function register(
  env: Env,
  config: Config,
  address: string,
  registration: Registration,
  origin = "",
): Promise<UserRow | undefined> {
  const { email, username, password, displayName = username } = registration;
  const db = accountDatabase(env);
  const limits = new AttemptLimits(env, config, address);
  const limit = limits.registrationLimit();
  requireQueueSpace(limit.key);
  await limits.requireBelowLimit(limit);
  const { role, invite } = await admit(db, config, registration);
  await requireGoodPassword(password, { username, email }, "password");
  const isConfirmed = invite?.confirmsEmail === true;
  const waitsForConfirmation = role !== "owner" && !isConfirmed && confirmsAddresses(config);
  if (waitsForConfirmation) requireMail(config);
  const passwordHash = await hashPassword(env, config, {
    lane: limit.key,
    isTrusted: false,
    password,
    limits: [limit],
  });
  const nowMs = Date.now();
  const id = newId("usr", nowMs);
  const account = { id, email, username, displayName, passwordHash, inviteId: invite?.id ?? null };
  if (waitsForConfirmation) {
    await queueMail(env, { kind: "registration", pendingId: id }, { origin, followsWrite: true });
    await insertPending(db, { ...account, createdAt: nowMs, expiresAt: nowMs + confirmTokenMs });
    return undefined;
  }
  if (!isConfirmed && mailDriver(config))
    await queueMail(env, { kind: "confirmAddress", userId: id }, { origin, followsWrite: true });
  const emailConfirmedAt = isConfirmed ? nowMs : null;
  const row = await insertAccount(db, {
    ...account,
    inviterRoles: inviterRoles(config),
    role,
    createdAt: nowMs,
    emailConfirmedAt,
  });
  failpoint("account:after-invite");
  await limits.trust(limits.trustGrantFor(row));
  return row;
}

/** Decides whether a registration is permitted, and with which role. @throws `forbidden` */
async function admit(
  db: Database,
  config: Config,
  { email, setupToken, inviteToken }: Registration,
): Promise<{ role: WorkspaceRole; invite?: InviteRow }> {
  if (!(await hasOwner(db))) return { role: firstRole(config, setupToken) };
  const mode = registrationMode(config);
  if (mode === "closed") return reject("forbidden", "Registration is closed");
  if (inviteToken !== undefined) {
    const invite = await requireInvite(db, config, { token: inviteToken, email });
    return { role: invite.role, invite };
  }
  if (mode === "invite")
    return reject("forbidden", "Registration needs an invite", {
      issues: [{ path: "inviteToken", message: "Required" }],
    });
  if (mode === "domain" && !isAcceptedDomain(config, email))
    return reject("forbidden", "Addresses of this domain need an invite", {
      issues: [{ path: "email", message: "Must be of an accepted domain" }],
    });
  return { role: "member" };
}

/** Whether the mode `domain` accepts an address without an invite. */
export const isAcceptedDomain = ({ REGISTRATION_DOMAINS }: Config, email: string): boolean =>
  REGISTRATION_DOMAINS.includes(emailDomain(email));

function firstRole(config: Config, setupToken: string | undefined): WorkspaceRole {
  if (config.ENVIRONMENT === "local") return "owner";
  if (config.SETUP_TOKEN && setupToken && isSameSecret(config, setupToken, config.SETUP_TOKEN))
    return "owner";
  return reject("forbidden", "This workspace has no owner yet: the first account needs the `setupToken`");
}

/** Compares MACs, which have the same length, so that the duration does not reveal the secret's length either. */
function isSameSecret({ REFRESH_TOKEN_KEY }: Config, given: string, wanted: string): boolean {
  const mac = (message: string) => macOf(REFRESH_TOKEN_KEY, { purpose: "parley-setup-1", message });
  return isSameText(mac(given), mac(wanted));
}
