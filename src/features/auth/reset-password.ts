import type { Config } from "../../config.ts";
import { readResetToken } from "../../domain/mail-tokens.ts";
import { mailDriver } from "../../domain/registration-mode.ts";
import { queueMail, requireMail } from "../../http/queue-mail.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountDatabase } from "../../db/index.ts";
import { applyToHub, findUser, type UserRow } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { rejectMailToken } from "./confirm-email.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { hashPassword } from "./passwords.ts";
import { resetPasswordOf } from "./queries.ts";

/**
 * Queues the mail of a password reset. The account is looked up only when the mail is sent, so that the request has the same steps for a name
 * without an account.
 *
 * @throws `rate_limited` after too many requests for this name or from this address; `unavailable` if the server sends no mail
 */
export async function requestPasswordReset(
  env: Env,
  config: Config,
  { address, origin }: { address: string; origin: string },
  login: string,
): Promise<void> {
  requireMail(config);
  await new AttemptLimits(env, config, address).countMail({ login });
  await queueMail(env, { kind: "passwordReset", login }, { origin });
}

/**
 * Sets a new password by the token of a mail and ends all sessions. If the account's user never confirmed the address, another person may have
 * registered it: its second factors are removed, except the owner's, who registered with the setup token.
 *
 * The hub and the mailer are informed before the write to D1: if the Worker crashes after it, the hub reads the account again, and the mailer
 * sends its notice.
 *
 * @throws `validation_failed` for a token that is forged, expired or used, or a password that is not permitted; `unavailable`
 */
export async function resetPassword(
  env: Env,
  config: Config,
  origin: string,
  { token, newPassword }: { token: string; newPassword: string },
): Promise<UserRow> {
  const claims = readResetToken(config.REFRESH_TOKEN_KEY, token, Date.now()) ?? rejectMailToken();
  const { userId, credentialVersion, emailKey } = claims;
  const db = accountDatabase(env);
  const before = (await findUser(db, userId)) ?? rejectMailToken();
  const isCurrent =
    before.active && before.credentialVersion === credentialVersion && before.emailKey === emailKey;
  if (!isCurrent) rejectMailToken();
  await requireGoodPassword(newPassword, before, "newPassword");
  const job = { lane: userId, isTrusted: true, password: newPassword, limits: [] };
  const passwordHash = await hashPassword(env, config, job);
  if (mailDriver(config))
    await queueMail(
      env,
      { kind: "passwordChanged", userId, credentialVersion: credentialVersion + 1 },
      { origin, followsWrite: true },
    );
  const hub = () => hubOf(env, userId);
  // Before the write as well: after a crash behind it, the address counts as confirmed.
  const isFirstProof = before.emailConfirmedAt === null && before.role !== "owner";
  if (isFirstProof) await callObject(() => hub().resetSecondFactors());
  const expectation = await callObject(() => hub().announceAccountChange());
  failpoint("account:before-record");
  const row =
    (await resetPasswordOf(db, { id: userId, credentialVersion, emailKey }, passwordHash)) ??
    rejectMailToken();
  failpoint("account:after-record");
  await applyToHub(env, row, expectation);
  if (isFirstProof) await callObject(() => hub().resetSecondFactors());
  return row;
}
