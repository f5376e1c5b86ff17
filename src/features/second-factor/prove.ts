import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { ProofOfUser } from "../../domain/second-factor.ts";
import { reject } from "../../errors/app-error.ts";
import { accountDatabase } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import type { Proof } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { clientAddress } from "../../http/client-address.ts";
import { AttemptLimits, countCode, verifyPassword } from "../auth/index.ts";
import { findUser } from "../users/index.ts";

/** Returns the limit of password and code checks of the requesting user's account. */
export const codeLimit = (c: Context<AppEnv>, userId: string) =>
  new AttemptLimits(c.env, c.var.config, clientAddress(c.var.config, c.req.raw)).accountLimit({ userId });

/**
 * Performs a change that needs a fresh proof. A password is verified here, a code by the hub that performs the change; both count as checks
 * of the account.
 *
 * @throws `forbidden` for a wrong password, `rate_limited`, and what the change throws
 */
export async function withProof<T>(
  c: Context<AppEnv>,
  { password, code }: Proof,
  change: (proof: ProofOfUser) => Promise<RpcResult<T>>,
): Promise<T> {
  const { userId } = c.var.actor;
  const limit = codeLimit(c, userId);
  if (password === undefined)
    return code === undefined ? unwrap(await change({})) : countCode(c.env, limit, () => change({ code }));
  const row = await findUser(accountDatabase(c.env), userId);
  const isPasswordVerified = await verifyPassword(c.env, c.var.config, {
    lane: userId,
    isTrusted: true,
    password,
    stored: row?.passwordHash || undefined,
    limits: [limit],
  });
  if (!isPasswordVerified)
    reject("forbidden", "This is not your current password", {
      issues: [{ path: "password", message: "Wrong" }],
    });
  return unwrap(await change({ isPasswordVerified }));
}

/**
 * A middleware after `authenticate`, for endpoints that create credentials which outlive the session: an access token that is stolen from an older
 * session cannot create one. OWASP ASVS 5.0 V7.5.1.
 *
 * @throws `forbidden` if the session did not begin within `REAUTHENTICATION_MS`; `second_factor_required` if it has not passed the user's second
 *   factor
 */
export const requireRecentSession = createMiddleware<AppEnv>(async (c, next) => {
  const { userId, sessionId } = c.var.actor;
  unwrap(await callObject(() => hubOf(c.env, userId).proveUser(sessionId, {})));
  await next();
});
