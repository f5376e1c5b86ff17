import { describeError, logLine } from "../../lib/log-line.ts";
import { inParallel } from "../../lib/parallel.ts";
import type { UserGroup, UserGroupWithMembers } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";

const hubsAtOnce = 6;
/** Users that one change notifies. The others see it when they read the list of groups again. */
const maxNotified = 100;

/** Returns the group without the list of its members, as events and lists contain it. */
const withoutMembers = ({ userIds: _userIds, ...group }: UserGroupWithMembers): UserGroup => group;

/**
 * Sends a change of a group to users. It runs beside the response and is not repeated after a crash: clients read the list
 * of groups again when they reconnect.
 *
 * @param userIds the first 100 are notified
 */
export async function notifyOfGroup(
  env: Env,
  group: UserGroupWithMembers,
  userIds: readonly string[],
  { deleted = false }: { deleted?: boolean } = {},
): Promise<void> {
  const members = new Set(group.userIds);
  await inParallel(userIds.slice(0, maxNotified), hubsAtOnce, async (userId) => {
    const change = { group: withoutMembers(group), isMember: !deleted && members.has(userId), deleted };
    await callObject(() => hubOf(env, userId).receiveGroupChange(change)).catch((error: unknown) =>
      logLine({ level: "warn", message: "group.notify_failed", error: describeError(error) }),
    );
  });
}
