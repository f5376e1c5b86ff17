import { sql } from "drizzle-orm";
import { LruMap } from "../../lib/lru-map.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { inParallel } from "../../lib/parallel.ts";
import { accountDatabase, type Database, users } from "../../db/index.ts";
import type { UserPresence } from "../../protocol/index.ts";

const maxParallelHubCalls = 50;

/** The presence of those of these users who exist, in this order. D1 says who exists, so that a made-up id starts no hub; their hubs say the rest. */
export async function getPresence(env: Env, userIds: readonly string[]): Promise<UserPresence[]> {
  const found = new Map<string, UserPresence>();
  await inParallel(await filterExisting(env, userIds), maxParallelHubCalls, async (userId) => {
    const presence = await callObject(() => hubOf(env, userId).getPresence());
    found.set(userId, presence ?? { userId, presence: "offline", custom: null, lastActiveAt: null });
  });
  return userIds.flatMap((userId) => found.get(userId) ?? []);
}

const cachedUsers = 10_000;
/** Accounts are never deleted, so that one that was found once need not be looked up again. */
const existingUserCache = new LruMap<string, true>(cachedUsers);

/** Those of these users who exist. D1 is asked, in one query, about those who were not found before. */
async function filterExisting(env: Env, userIds: readonly string[]): Promise<string[]> {
  const unknown = userIds.filter((userId) => !existingUserCache.get(userId));
  if (unknown.length > 0)
    for (const userId of await findExisting(accountDatabase(env), unknown)) existingUserCache.set(userId, true);
  return userIds.filter((userId) => existingUserCache.get(userId));
}

/** By one parameter: D1 takes 100 a statement. */
export async function findExisting(db: Database, userIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`);
  return rows.map(({ id }) => id);
}
