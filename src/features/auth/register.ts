import { createHash, timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { accountDatabase, type Database } from "../../db/index.ts";
import type { register as endpoint, WorkspaceRole } from "../../protocol/index.ts";
import type { UserRow } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { hashPassword, requireQueueSpace } from "./passwords.ts";
import { hasOwner, insertAccount } from "./queries.ts";

type Registration = z.output<(typeof endpoint)["body"]>;

/**
 * Registers an account. The first account of the workspace becomes its owner; outside of a local server it needs the setup token.
 *
 * @throws `forbidden` for a first account without the setup token, `conflict` if the username or e-mail address is taken, `rate_limited`,
 *   or `unavailable` if too many hashes are queued or an object or D1 does not answer
 */
export async function register(
  env: Env,
  config: Config,
  address: string,
  registration: Registration,
): Promise<UserRow> {
  const { email, username, password, displayName = username, setupToken } = registration;
  const limits = new AttemptLimits(env, config, address);
  const limit = limits.registrationLimit();
  requireQueueSpace(limit.key);
  await limits.requireBelowLimit(limit);
  const role = await roleFor(accountDatabase(env), config, setupToken);
  const passwordHash = await hashPassword(env, config, {
    lane: limit.key,
    isTrusted: false,
    password,
    limits: [limit],
  });
  const nowMs = Date.now();
  const row = await insertAccount(accountDatabase(env), {
    id: newId("usr", nowMs),
    email,
    username,
    displayName,
    passwordHash,
    role,
    createdAt: nowMs,
  });
  await limits.trust(limits.trustGrantFor(row));
  return row;
}

async function roleFor(db: Database, config: Config, setupToken: string | undefined): Promise<WorkspaceRole> {
  if (await hasOwner(db)) return "member";
  if (config.ENVIRONMENT === "local") return "owner";
  if (config.SETUP_TOKEN && setupToken && isSameSecret(setupToken, config.SETUP_TOKEN)) return "owner";
  return reject("forbidden", "This workspace has no owner yet: the first account needs the `setupToken`");
}

/** Compares in constant time. The digests have the same length, so that the duration does not reveal the secret's length either. */
function isSameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
