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

/** Makes an account. The first one owns the workspace: on a local server whoever it is, elsewhere who has the setup token. */
export async function register(
  env: Env,
  config: Config,
  address: string,
  registration: Registration,
): Promise<UserRow> {
  const { email, username, password, displayName = username, setupToken } = registration;
  const limits = new AttemptLimits(env, config, address);
  const ofRegistrations = limits.registrationLimit();
  requireQueueSpace(ofRegistrations.key);
  await limits.requireBelowLimit(ofRegistrations);
  const role = await firstRole(accountDatabase(env), config, setupToken);
  const passwordHash = await hashPassword(env, config, {
    lane: ofRegistrations.key,
    isTrusted: false,
    password,
    limits: [ofRegistrations],
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

async function firstRole(
  db: Database,
  config: Config,
  setupToken: string | undefined,
): Promise<WorkspaceRole> {
  if (await hasOwner(db)) return "member";
  if (config.ENVIRONMENT === "local") return "owner";
  if (config.SETUP_TOKEN && setupToken && isSame(setupToken, config.SETUP_TOKEN)) return "owner";
  return reject("forbidden", "This workspace has no owner yet: the first account needs the `setupToken`");
}

/** In a time that does not tell where they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
