import type { Config } from "../../config.ts";
import { accountDatabase } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { mailDriver } from "../../domain/registration-mode.ts";
import { reject } from "../../errors/app-error.ts";
import { queueMail } from "../../http/queue-mail.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountFacts, findUser, type UserRow } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { replacePassword } from "./queries.ts";

/**
 * Changes the password and ends all other sessions. The change is announced to the user's hub before it is written to D1: if the Worker
 * crashes after the write, the hub reads the account from D1 by itself and ends the old sessions some seconds later.
 *
 * @throws `forbidden` if the current password is wrong, `conflict` if another request changed it meanwhile, `validation_failed` for a common
 *   password, `rate_limited`, or `unavailable` if too many hashes are queued or an object or D1 does not answer
 */
export async function changePassword(
  env: Env,
  config: Config,
  { actor, address, origin }: { actor: Actor; address: string; origin: string },
  given: { currentPassword: string; newPassword: string },
): Promise<void> {
  const by = { actor, address };
  const row = await requireCurrentPassword(env, config, by, given.currentPassword);
  await requireGoodPassword(given.newPassword, row, "newPassword");
  const passwordHash = await hashPassword(env, config, {
    lane: actor.userId,
    isTrusted: true,
    password: given.newPassword,
    limits: [],
  });
  if (mailDriver(config))
    await queueMail(
      env,
      { kind: "passwordChanged", userId: row.id, credentialVersion: row.credentialVersion + 1 },
      { origin, followsWrite: true },
    );
  const expectation = await callObject(() => hubOf(env, actor.userId).announceAccountChange());
  const changed = await replacePassword(accountDatabase(env), row, passwordHash);
  if (!changed)
    return reject("conflict", "Another request changed the password meanwhile; try again with the new one");
  failpoint("account:after-record");
  await callObject(() =>
    hubOf(env, actor.userId).applyAccount(accountFacts(changed), { expectation, keep: actor.sessionId }),
  );
}

/**
 * Checks the actor's current password, and counts a wrong one against the limit of the account.
 *
 * @returns the account
 * @throws `forbidden` if it is wrong, `rate_limited`, or `unavailable`
 */
export async function requireCurrentPassword(
  env: Env,
  config: Config,
  { actor, address }: { actor: Actor; address: string },
  currentPassword: string,
): Promise<UserRow> {
  const row = await findUser(accountDatabase(env), actor.userId);
  const limits = new AttemptLimits(env, config, address);
  const accountLimit = limits.accountLimit(actor);
  await limits.requireBelowLimit(accountLimit);
  const matches = await verifyPassword(env, config, {
    lane: actor.userId,
    isTrusted: true,
    password: currentPassword,
    stored: row?.passwordHash || undefined,
    limits: [accountLimit],
  });
  if (row && matches) return row;
  return reject("forbidden", "This is not your current password", {
    issues: [{ path: "currentPassword", message: "Wrong" }],
  });
}
