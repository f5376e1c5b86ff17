import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountDatabase } from "../../db/index.ts";
import { accountFacts, findUser } from "../users/index.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { replacePassword } from "./queries.ts";

/**
 * Changes the password and ends all other sessions. The hub is told beforehand that a change may come: whoever dies after the
 * change was recorded, the hub then finds it by itself, and the old sessions end some seconds later.
 */
export async function changePassword(
  env: Env,
  config: Config,
  { actor, address }: { actor: Actor; address: string },
  given: { currentPassword: string; newPassword: string },
): Promise<void> {
  const db = accountDatabase(env);
  const row = await findUser(db, actor.userId);
  const limits = new AttemptLimits(env, config, address);
  const ofAccount = limits.accountLimit(actor);
  await limits.requireBelowLimit(ofAccount);
  const matches = await verifyPassword(env, config, {
    lane: actor.userId,
    isTrusted: true,
    password: given.currentPassword,
    stored: row?.passwordHash,
    limits: [ofAccount],
  });
  if (!row || !matches) {
    return reject("forbidden", "This is not your current password", {
      issues: [{ path: "currentPassword", message: "Wrong" }],
    });
  }
  const passwordHash = await hashPassword(env, config, {
    lane: actor.userId,
    isTrusted: true,
    password: given.newPassword,
    limits: [],
  });
  const expectation = await callObject(() => hubOf(env, actor.userId).announceAccountChange());
  const changed = await replacePassword(db, row, passwordHash);
  if (!changed) return reject("conflict", "The password was changed meanwhile");
  failpoint("account:after-record");
  await callObject(() =>
    hubOf(env, actor.userId).applyAccount(accountFacts(changed), { expectation, keep: actor.sessionId }),
  );
}
