import type { Config } from "../../config.ts";
import { registrationMode } from "../../domain/registration-mode.ts";
import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { queueMail, requireMail } from "../../http/queue-mail.ts";
import { accountDatabase } from "../../db/index.ts";
import { findUser } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { requireCurrentPassword } from "./change-password.ts";
import { isAcceptedDomain } from "./register.ts";

interface Requester {
  actor: Actor;
  address: string;
  origin: string;
}

/**
 * Queues a mail to a new address of the actor's account, which replaces the present one by its link. Whether another account has the address is
 * checked only when the mail is sent.
 *
 * @throws `forbidden` if the current password is wrong or the address is not of an accepted domain; `rate_limited`; `unavailable`
 */
export async function requestEmailChange(
  env: Env,
  config: Config,
  { actor, address, origin }: Requester,
  { email, currentPassword }: { email: string; currentPassword: string },
): Promise<void> {
  requireMail(config);
  const row = await requireCurrentPassword(env, config, { actor, address }, currentPassword);
  if (registrationMode(config) === "domain" && !isAcceptedDomain(config, email))
    reject("forbidden", "Only addresses of the accepted domains are permitted", {
      issues: [{ path: "email", message: "Must be of an accepted domain" }],
    });
  if (email === row.email) return;
  await new AttemptLimits(env, config, address).countMail(actor);
  const { id: userId, emailKey, credentialVersion } = row;
  await queueMail(env, { kind: "changeAddress", userId, emailKey, credentialVersion, email }, { origin });
}

/**
 * Queues another mail that confirms the actor's address.
 *
 * @throws `conflict` if it is confirmed already; `rate_limited`; `unavailable`
 */
export async function requestConfirmation(
  env: Env,
  config: Config,
  { actor, address, origin }: Requester,
): Promise<void> {
  requireMail(config);
  const row = (await findUser(accountDatabase(env), actor.userId)) ?? notFound("user");
  if (row.emailConfirmedAt !== null) reject("conflict", "Your e-mail address is confirmed already");
  await new AttemptLimits(env, config, address).countMail(actor);
  await queueMail(env, { kind: "confirmAddress", userId: actor.userId }, { origin });
}
