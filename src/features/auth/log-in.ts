import type { Context } from "hono";
import type { Config } from "../../config.ts";
import { accountDatabase } from "../../db/index.ts";
import { reject } from "../../errors/app-error.ts";
import { isOutdatedHash } from "../../domain/password-cost.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { accessTokens } from "../../http/access-tokens.ts";
import type { AppEnv } from "../../http/context.ts";
import { passkeyScope } from "../../http/passkey-scope.ts";
import type { LoginResult, Tokens } from "../../protocol/index.ts";
import { callIfPresent, callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { accountFacts, presentSelf, type UserRow } from "../users/index.ts";
import { readPolicy } from "../workspace/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { deviceOf } from "../../http/device.ts";
import { deliverTokens } from "./cookie-session.ts";
import { presentChallenge } from "./present-challenge.ts";
import { hashPassword, requireQueueSpace, verifyPassword } from "./passwords.ts";
import { findByLogin, upgradeHash } from "./queries.ts";

/**
 * Returns the account of this name and password. An unknown name, a wrong password and a suspended account get the same error after the
 * same time, and count against the same limits before a hash is computed.
 *
 * @param recordRejection receives the id of the account, if there is one, before a wrong password is rejected
 * @throws `unauthenticated`, `rate_limited`, or `unavailable` if too many hashes are queued or an object or D1 does not answer
 */
export async function verifyLogin(
  env: Env,
  config: Config,
  address: string,
  { login, password }: { login: string; password: string },
  recordRejection: (userId: string | undefined) => void,
): Promise<UserRow> {
  const limits = new AttemptLimits(env, config, address);
  limits.requireNotRejected(login);
  const addressLimit = limits.addressLimit(login);
  const { isTrusted } = await limits.requireBelowLimit(addressLimit);
  const lane = limits.laneFor(login, { isTrusted });
  requireQueueSpace(lane);
  const row = await findByLogin(accountDatabase(env), login);
  const accountLimit = limits.accountLimit(row ? { userId: row.id } : { login });
  await limits.requireBelowLimit(accountLimit, { login });
  const matches = await verifyPassword(env, config, {
    lane,
    isTrusted,
    password,
    stored: row?.active && mayUsePassword(config, row) ? row.passwordHash || undefined : undefined,
    limits: [addressLimit, accountLimit],
    ...(row && { trust: limits.trustGrantFor(row) }),
  });
  if (row?.active && matches) return row;
  recordRejection(row?.id);
  return rejectLogin();
}

/** With single sign-on only, no password is accepted but the owner's, who can then repair the configuration of the provider. */
const mayUsePassword = ({ PASSWORD_LOGIN }: Config, { role }: UserRow): boolean =>
  PASSWORD_LOGIN === "on" || role === "owner";

/**
 * Completes a login after the password or the identity was verified: begins a session, or returns the challenge of the account's second factor.
 *
 * @param row the account as it was verified; if it was suspended or its password changed since, no session begins
 * @param by `method`: recorded in the audit log. `hasSecondFactor`: whether a second factor was passed elsewhere.
 * @throws `unauthenticated`, or `unavailable` if the hub or D1 does not answer
 */
export async function completeLogin(
  c: Context<AppEnv>,
  row: UserRow,
  { method, hasSecondFactor = false }: { method: string; hasSecondFactor?: boolean },
): Promise<LoginResult> {
  const { env } = c;
  const { config } = c.var;
  const begin = {
    account: accountFacts(row),
    ...deviceOf(c.req.raw),
    policy: await readPolicy(env),
    hasSecondFactor,
    ...(row.inviteId !== null && { inviteId: row.inviteId }),
  };
  const outcome = await callIfPresent(() => hubOf(env, row.id).logIn(begin));
  // A hub of the previous release has no second factors.
  if (!outcome) return { user: presentSelf(row), tokens: await beginSession(c, row) };
  if (!outcome.ok) return rejectLogin();
  if ("challenge" in outcome.value)
    return { mfa: presentChallenge(outcome.value.challenge, passkeyScope(config, c.req.raw)) };
  recordAudit(c, { action: "session.begin", actorId: row.id, objectId: row.id, detail: { method } });
  return { user: presentSelf(row), tokens: await issueTokens(c, outcome.value.credentials) };
}

/**
 * Replaces the stored hash of a password that was just verified, if it was computed at a lower cost than new ones. An error is only logged: the
 * next login tries again.
 */
export async function upgradePasswordHash(
  env: Env,
  config: Config,
  row: UserRow,
  password: string,
): Promise<void> {
  if (!isOutdatedHash(row.passwordHash)) return;
  try {
    const job = { lane: row.id, isTrusted: true, password, limits: [] };
    await upgradeHash(accountDatabase(env), row, await hashPassword(env, config, job));
  } catch (error) {
    logLine({ level: "warn", message: "password.upgrade_failed", error: describeError(error) });
  }
}

/**
 * Begins a session of a new account, which has no second factor.
 *
 * @param row the account as its password was verified; if it was suspended or its password changed since, no session begins
 * @throws `unauthenticated`, or `unavailable` if the hub does not answer
 */
export async function beginSession(c: Context<AppEnv>, row: UserRow): Promise<Tokens> {
  const policy = await readPolicy(c.env);
  const outcome = await callObject(() =>
    hubOf(c.env, row.id).createSession({
      account: accountFacts(row),
      ...deviceOf(c.req.raw),
      policy,
      ...(row.inviteId !== null && { inviteId: row.inviteId }),
    }),
  );
  if (!outcome.ok) return rejectLogin();
  return issueTokens(c, outcome.value);
}

const rejectLogin = (): never => reject("unauthenticated", "Name and password do not match");

/** Issues the tokens of a session, new or refreshed. With `Parley-Session: cookie` the refresh token is in a cookie and empty in the result. */
export async function issueTokens(
  c: Context<AppEnv>,
  session: { userId: string; sessionId: string; generation: number; refreshToken: string },
): Promise<Tokens> {
  const { config } = c.var;
  return deliverTokens(c, session.sessionId, {
    accessToken: await accessTokens(config).issue(session),
    refreshToken: session.refreshToken,
    tokenType: "Bearer",
    expiresIn: config.ACCESS_TOKEN_SECONDS,
  });
}
