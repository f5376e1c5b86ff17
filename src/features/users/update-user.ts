import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountDatabase } from "../../db/index.ts";
import { decideUpdateUser, type UserChange } from "./decide.ts";
import { presentSelf, type UserRow } from "./present.ts";
import { accountFacts, findUsers, setRoleAndActive, transferOwnership } from "./queries.ts";

const maxTries = 5;

/**
 * Changes the role of somebody else, suspends them or takes them back, and gives them as they then are. Decided by the rows of
 * both in D1, and written only while those stand as they were read: of two changes at once neither undoes the other unseen.
 * The hubs are told beforehand that a change may come: whoever dies after it was recorded, they find it by themselves.
 */
export async function updateUser(
  env: Env,
  { userId: actorId }: Actor,
  userId: string,
  change: UserChange,
): Promise<UserRow> {
  const db = accountDatabase(env);
  const told = new Map<string, string>();
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    const rows = await findUsers(db, [actorId, userId]);
    const actor = rows.find(({ id }) => id === actorId) ?? notFound("user");
    const user = rows.find(({ id }) => id === userId) ?? notFound("user");
    const update = decideUpdateUser(actor, user, change);
    if (!update) {
      await reconcileHub(env, user, told);
      return user;
    }
    await expectChanges(env, update.transfersOwnership ? [actorId, userId] : [userId], told);
    const changed = update.transfersOwnership
      ? await transferOwnership(db, actor, user)
      : await setRoleAndActive(db, actor, user, update);
    const result = changed.find(({ id }) => id === userId);
    if (!result) continue;
    failpoint("account:after-record");
    await Promise.all(changed.map((row) => reconcileHub(env, row, told)));
    return result;
  }
  return reject("conflict", "This account is being changed by somebody else; look again");
}

/** Announces the change to hubs that do not expect it yet. */
async function expectChanges(env: Env, userIds: string[], told: Map<string, string>): Promise<void> {
  await Promise.all(
    userIds
      .filter((id) => !told.has(id))
      .map(async (id) => told.set(id, await callObject(() => hubOf(env, id).announceAccountChange()))),
  );
}

/** How the account now is. What a hub does not know of anybody, it need not. */
async function reconcileHub(env: Env, row: UserRow, told: Map<string, string>): Promise<void> {
  const expectation = told.get(row.id);
  const self = presentSelf(row);
  await callObject(() =>
    hubOf(env, row.id).applyAccount(accountFacts(row), { self, ...(expectation && { expectation }) }),
  );
}
