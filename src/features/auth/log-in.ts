import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountDatabase } from "../../db/index.ts";
import { accessTokens } from "../../http/access-tokens.ts";
import type { Tokens } from "../../protocol/index.ts";
import { accountFacts, type UserRow } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { deviceOf } from "./device.ts";
import { requireQueueSpace, verifyPassword } from "./passwords.ts";
import { findByLogin } from "./queries.ts";

/**
 * The account whose name and password these are. Unknown, wrong and suspended are one refusal, and take as long; all limits count
 * them alike, before a hash is computed.
 * @throws AppError `unauthenticated`, `rate_limited`, or `unavailable` when too many hashes are queued
 */
export async function verifyLogin(
  env: Env,
  config: Config,
  address: string,
  { login, password }: { login: string; password: string },
): Promise<UserRow> {
  const limits = new AttemptLimits(env, config, address);
  limits.requireNotRejected(login);
  const fromAddress = limits.addressLimit(login);
  const { isTrusted } = await limits.requireBelowLimit(fromAddress);
  const lane = limits.laneFor(login, { isTrusted });
  requireQueueSpace(lane);
  const row = await findByLogin(accountDatabase(env), login);
  const ofAccount = limits.accountLimit(row ? { userId: row.id } : { login });
  await limits.requireBelowLimit(ofAccount, { login });
  const matches = await verifyPassword(env, config, {
    lane,
    isTrusted,
    password,
    stored: row?.active ? row.passwordHash : undefined,
    limits: [fromAddress, ofAccount],
    ...(row && { trust: limits.trustGrantFor(row) }),
  });
  if (!row?.active || !matches) return reject("unauthenticated", "Name and password do not match");
  return row;
}

/** Begins a session for the account, as it was when its owner proved to be that. */
export async function beginSession(
  env: Env,
  config: Config,
  request: Request,
  row: UserRow,
): Promise<Tokens> {
  const outcome = await callObject(() =>
    hubOf(env, row.id).createSession({ account: accountFacts(row), ...deviceOf(request) }),
  );
  if (!outcome.ok) return reject("unauthenticated", "Name and password do not match");
  return issueTokens(config, outcome.value);
}

/** The tokens of a session that begins or goes on. */
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
