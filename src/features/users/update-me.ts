import { notFound } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accountDatabase } from "../../db/index.ts";
import { applyToHub } from "./apply-to-hub.ts";
import type { UserRow } from "./present.ts";
import { findUser, type ProfileChange, updateProfile } from "./queries.ts";

/**
 * Updates the actor's own profile and informs their devices. The hub is notified before D1 is written that a change may follow: if the Worker crashes
 * after the write, the hub reads the account again. A new avatar is reserved in the hub before D1 refers to it, and the previous one is
 * deleted afterwards.
 *
 * @param options `isCounted`: false for a change by an admin, which spends nothing of the user's quota
 * @throws `rate_limited` after too many changes; `not_found` or `conflict` for a file that cannot become the avatar; `validation_failed` for
 *   a file that is not an image
 */
export async function updateMe(
  env: Env,
  userId: string,
  change: ProfileChange,
  { isCounted = true }: { isCounted?: boolean } = {},
): Promise<UserRow> {
  const db = accountDatabase(env);
  const before = (await findUser(db, userId)) ?? notFound("user");
  if (isUnchanged(before, change)) return before;
  if (isCounted) unwrap(await callObject(() => hubOf(env, userId).spendQuota("profile")));
  const expectation = await expectChange(env, before, change);
  failpoint("account:before-record");
  const row = (await updateProfile(db, userId, change)) ?? notFound("user");
  failpoint("account:after-record");
  await applyToHub(env, row, expectation);
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
