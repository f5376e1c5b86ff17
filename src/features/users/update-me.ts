import { notFound } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accountDatabase } from "../../db/index.ts";
import { presentSelf, type UserRow } from "./present.ts";
import { accountFacts, findUser, type ProfileChange, updateProfile } from "./queries.ts";

/**
 * Changes one's own profile, where it is not so already, and tells one's devices. The hub is told beforehand that a change may
 * come: whoever dies after it was recorded, the hub finds it by itself. An avatar is one for the hub before it is one in D1; the one
 * before it goes afterwards. Refuses `not_found` or `conflict` for a file that can't be one, `validation_failed` for no picture.
 */
export async function updateMe(env: Env, userId: string, change: ProfileChange): Promise<UserRow> {
  const db = accountDatabase(env);
  const before = (await findUser(db, userId)) ?? notFound("user");
  if (isUnchanged(before, change)) return before;
  unwrap(await callObject(() => hubOf(env, userId).spendQuota("profile")));
  const expectation = await expectChange(env, before, change);
  failpoint("account:before-record");
  const row = (await updateProfile(db, userId, change)) ?? notFound("user");
  failpoint("account:after-record");
  await callObject(() =>
    hubOf(env, userId).applyAccount(accountFacts(row), { expectation, self: presentSelf(row) }),
  );
  return row;
}

async function expectChange(env: Env, before: UserRow, { avatarFileId }: ProfileChange): Promise<string> {
  const hub = () => hubOf(env, before.id);
  if (avatarFileId === undefined) return callObject(() => hub().announceAccountChange());
  return unwrap(await callObject(() => hub().announceAvatarChange(avatarFileId, before.avatarFileId)));
}

const isUnchanged = (row: UserRow, { displayName, timeZone, avatarFileId }: ProfileChange): boolean =>
  (avatarFileId === undefined || avatarFileId === row.avatarFileId) &&
  (displayName === undefined || displayName === row.displayName) &&
  (timeZone === undefined || timeZone === row.timeZone);
