import type { Config } from "../../config.ts";
import { accountDatabase } from "../../db/index.ts";
import { reject } from "../../errors/app-error.ts";
import { isOutdatedHash } from "../../domain/password-cost.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { accessTokens } from "../../http/access-tokens.ts";
import type { Tokens } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountFacts, type UserRow } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { deviceOf } from "../../http/device.ts";
import { hashPassword, requireQueueSpace, verifyPassword } from "./passwords.ts";
import { findByLogin, upgradeHash } from "./queries.ts";

/**
 * Returns the account of this name and password. An unknown name, a wrong password and a suspended account get the same error after the
 * same time, and count against the same limits before a hash is computed.
 *
 * @throws `unauthenticated`, `rate_limited`, or `unavailable` if too many hashes are queued or an object or D1 does not answer
 */
export async function verifyLogin(
  env: Env,
  config: Config,
  address: string,
  { login, password }: { login: string; password: string },
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
    stored: row?.active && row.passwordHash ? row.passwordHash : undefined,
    limits: [addressLimit, accountLimit],
    ...(row && { trust: limits.trustGrantFor(row) }),
  });
  if (!row?.active || !matches) return rejectLogin();
  return row;
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
 * Begins a session of an account.
 *
 * @param row the account as its password was verified; if it was suspended or its password changed since, no session begins
 * @throws `unauthenticated`, or `unavailable` if the hub does not answer
 */
export async function beginSession(
  env: Env,
  config: Config,
  request: Request,
  row: UserRow,
): Promise<Tokens> {
  const outcome = await callObject(() =>
    hubOf(env, row.id).createSession({
      account: accountFacts(row),
      ...deviceOf(request),
      ...(row.inviteId !== null && { inviteId: row.inviteId }),
    }),
  );
  if (!outcome.ok) return rejectLogin();
  return issueTokens(config, outcome.value);
}

const rejectLogin = (): never => reject("unauthenticated", "Name and password do not match");

/** Issues the tokens of a session, new or refreshed. */
export async function issueTokens(
  config: Config,
  session: { userId: string; sessionId: string; generation: number; refreshToken: string },
): Promise<Tokens> {
  return {
    accessToken: await accessTokens(config).issue(session),
    refreshToken: session.refreshToken,
    tokenType: "Bearer",
    expiresIn: config.ACCESS_TOKEN_SECONDS,
  };
}
