import { sql } from "drizzle-orm";
import { callObject, hubOf } from "../../core/objects.ts";
import { inParallel } from "../../core/parallel.ts";
import { accounts, type Database, users } from "../../db/index.ts";
import type { UserPresence } from "../../protocol/index.ts";

const hubsAtOnce = 50;

/** The presence of those of these users who exist, in this order: by word of their hubs. D1 is asked of those alone whom no hub knows. */
export async function getPresence(env: Env, userIds: readonly string[]): Promise<UserPresence[]> {
  const found = new Map<string, UserPresence>();
  await inParallel(userIds, hubsAtOnce, async (userId) => {
    const presence = await callObject(() => hubOf(env, userId).presence());
    if (presence) found.set(userId, presence);
  });
  const unknown = userIds.filter((userId) => !found.has(userId));
  if (unknown.length > 0)
    for (const userId of await existing(accounts(env), unknown))
      found.set(userId, { userId, presence: "offline", custom: null, lastActiveAt: null });
  return userIds.flatMap((userId) => found.get(userId) ?? []);
}

/** By one parameter: D1 takes 100 a statement. */
export async function existing(db: Database, userIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`);
  return rows.map(({ id }) => id);
}
