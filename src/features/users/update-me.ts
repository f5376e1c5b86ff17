import { notFound } from "../../core/app-error.ts";
import { failpoint } from "../../core/failpoint.ts";
import { callObject, hubOf } from "../../core/objects.ts";
import { accounts } from "../../db/index.ts";
import { presentSelf, type UserRow } from "./present.ts";
import { accountFacts, findUser, type ProfileChange, updateProfile } from "./queries.ts";

/**
 * Changes one's own profile, where it is not so already, and tells one's devices. The hub is told beforehand that a change may
 * come: whoever dies after it was recorded, the hub finds it by itself.
 */
export async function updateMe(env: Env, userId: string, change: ProfileChange): Promise<UserRow> {
  const db = accounts(env);
  const before = (await findUser(db, userId)) ?? notFound("user");
  if (isSo(before, change)) return before;
  const expectation = await callObject(() => hubOf(env, userId).expectChange());
  const row = (await updateProfile(db, userId, change)) ?? notFound("user");
  failpoint("account:after-record");
  await callObject(() =>
    hubOf(env, userId).reconcile(accountFacts(row), { expectation, self: presentSelf(row) }),
  );
  return row;
}

const isSo = (row: UserRow, { displayName, timeZone }: ProfileChange): boolean =>
  (displayName === undefined || displayName === row.displayName) &&
  (timeZone === undefined || timeZone === row.timeZone);
