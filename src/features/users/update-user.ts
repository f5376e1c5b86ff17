import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountDatabase } from "../../db/index.ts";
import { applyToHub } from "./apply-to-hub.ts";
import { decideUpdateUser, type UserChange } from "./decide.ts";
import type { UserRow } from "./present.ts";
import { findUsers, setRoleAndActive, transferOwnership } from "./queries.ts";

/** Attempts to write a change, while concurrent requests change the same accounts. */
const maxAttempts = 5;

/** The account after a change; `before`: as it was, if this request changed it. */
export interface ChangedUser {
  user: UserRow;
  before?: UserRow;
}

/**
 * Changes the role of another user, or suspends or reactivates them. The decision is based on both rows in D1 and
 * is written only if they have not changed since (optimistic concurrency), so that concurrent changes do not overwrite each other. The hubs
 * are notified before D1 is written that a change may follow: if the Worker crashes after the write, they read the accounts again.
 *
 * @throws `not_found` for an unknown user; `forbidden` or `conflict` as `decideUpdateUser` says; `conflict` after 5 attempts
 */
export async function updateUser(
  env: Env,
  { userId: actorId }: Actor,
  userId: string,
  change: UserChange,
): Promise<ChangedUser> {
  const db = accountDatabase(env);
  const expectations = new Map<string, string>();
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const rows = await findUsers(db, [actorId, userId]);
    const actor = rows.find(({ id }) => id === actorId) ?? notFound("user");
    const user = rows.find(({ id }) => id === userId) ?? notFound("user");
    if (user.erasedAt !== null) notFound("user");
    const update = decideUpdateUser(actor, user, change);
    if (!update) {
      await applyToHub(env, user, expectations.get(user.id));
      return { user };
    }
    await expectChanges(env, update.transfersOwnership ? [actorId, userId] : [userId], expectations);
    const changed = update.transfersOwnership
      ? await transferOwnership(db, actor, user)
      : await setRoleAndActive(db, actor, user, update);
    const result = changed.find(({ id }) => id === userId);
    if (!result) continue;
    failpoint("account:after-record");
    await Promise.all(changed.map((row) => applyToHub(env, row, expectations.get(row.id))));
    return { user: result, before: user };
  }
  return reject("conflict", "The account is being changed by another request; fetch it again");
}

/** Notifies the hubs that do not expect a change yet. Adds their expectations, by user id, to `expectations`. */
async function expectChanges(env: Env, userIds: string[], expectations: Map<string, string>): Promise<void> {
  await Promise.all(
    userIds
      .filter((id) => !expectations.has(id))
      .map(async (id) =>
        expectations.set(id, await callObject(() => hubOf(env, id).announceAccountChange())),
      ),
  );
}
