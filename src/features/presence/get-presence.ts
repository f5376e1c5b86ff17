import { sql } from "drizzle-orm";
import { LruMap } from "../../lib/lru-map.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { inParallel } from "../../lib/parallel.ts";
import { accountDatabase, type Database, users } from "../../db/index.ts";
import type { Reader } from "../../domain/actor.ts";
import { filterKnownTo } from "../users/index.ts";
import type { UserPresence } from "../../protocol/index.ts";

const maxParallelHubCalls = 50;

/**
 * Reads the presence of these users, in this order, from their hubs. Unknown users, and those that the reader may not see, are omitted. D1 is
 * asked first, so that an invented id does not create a hub.
 */
export async function getPresence(
  env: Env,
  reader: Reader,
  userIds: readonly string[],
): Promise<UserPresence[]> {
  const found = new Map<string, UserPresence>();
  const visible = reader.isGuest
    ? await filterKnownTo(accountDatabase(env), reader.userId, userIds)
    : await filterExisting(env, userIds);
  await inParallel(visible, maxParallelHubCalls, async (userId) => {
    const presence = await callObject(() => hubOf(env, userId).getPresence());
    found.set(userId, presence ?? { userId, presence: "offline", custom: null, lastActiveAt: null });
  });
  return userIds.flatMap((userId) => found.get(userId) ?? []);
}

const cachedUsers = 10_000;
/** Ids of users that were found. Accounts are never deleted, so entries do not expire. */
const existingUserCache = new LruMap<string, true>(cachedUsers);

/** Returns the users that exist. Queries D1 once, for the ids that are not cached. */
async function filterExisting(env: Env, userIds: readonly string[]): Promise<string[]> {
  const unknown = userIds.filter((userId) => !existingUserCache.get(userId));
  if (unknown.length > 0)
    for (const userId of await findExisting(accountDatabase(env), unknown))
      existingUserCache.set(userId, true);
  return userIds.filter((userId) => existingUserCache.get(userId));
}

/** Reads which of these users exist. The ids are a single bound parameter, since D1 allows 100 in a statement. */
export async function findExisting(db: Database, userIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`);
  return rows.map(({ id }) => id);
}
