import { asc, gt, ne, sql } from "drizzle-orm";
import { accountDatabase, users, workspaceSettings } from "../../db/index.ts";
import type { SecondFactorPolicy } from "../../domain/second-factor.ts";

type SettingsRow = typeof workspaceSettings.$inferSelect;

/** Reads the settings; undefined if they were never changed. */
export async function readSettings(env: Env): Promise<SettingsRow | undefined> {
  return accountDatabase(env).select().from(workspaceSettings).get();
}

/** Reads the part of the settings that hubs store. */
export async function readPolicy(env: Env): Promise<SecondFactorPolicy> {
  const row = await readSettings(env);
  return { rev: row?.rev ?? 0, isRequired: row?.requireSecondFactor ?? false };
}

/** Writes the settings with the next `rev`. Returns undefined if they have this value already. */
export async function writeSettings(
  env: Env,
  { requireSecondFactor, updatedBy }: { requireSecondFactor: boolean; updatedBy: string },
): Promise<SettingsRow | undefined> {
  const values = { requireSecondFactor, updatedBy, updatedAt: Date.now() };
  return accountDatabase(env)
    .insert(workspaceSettings)
    .values({ one: 1, rev: 1, ...values })
    .onConflictDoUpdate({
      target: workspaceSettings.one,
      set: { ...values, rev: sql`${workspaceSettings.rev} + 1` },
      setWhere: ne(workspaceSettings.requireSecondFactor, requireSecondFactor),
    })
    .returning()
    .get();
}

/** Lists user ids in order, after one. @param afterUserId empty: from the first */
export async function userIdsAfter(env: Env, afterUserId: string, limit: number): Promise<string[]> {
  const rows = await accountDatabase(env)
    .select({ id: users.id })
    .from(users)
    .where(gt(users.id, afterUserId))
    .orderBy(asc(users.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}
