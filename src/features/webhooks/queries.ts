import { and, asc, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { accountDatabase, channels, databaseErrorText, webhooks } from "../../db/index.ts";
import type { WebhookRecord } from "../../domain/webhooks.ts";
import { reject } from "../../errors/app-error.ts";

/** Reads the row of a webhook. Undefined if there is none. */
export async function findWebhook(env: Env, webhookId: string): Promise<WebhookRecord | undefined> {
  return accountDatabase(env).select().from(webhooks).where(eq(webhooks.id, webhookId)).get();
}

/** Reads a page of webhooks, newest first: of one owner, or all. */
export async function listWebhooks(
  env: Env,
  { ownerId, before, limit }: { ownerId?: string; before?: string | undefined; limit: number },
): Promise<WebhookRecord[]> {
  return accountDatabase(env)
    .select()
    .from(webhooks)
    .where(
      and(
        ownerId === undefined ? undefined : eq(webhooks.ownerId, ownerId),
        before === undefined ? undefined : lt(webhooks.id, before),
      ),
    )
    .orderBy(desc(webhooks.id))
    .limit(limit);
}

/**
 * Inserts the row of a new webhook. The column may not be NULL, so that simultaneous requests can't exceed the limits.
 *
 * @throws `conflict` at the limit of the owner or of the workspace
 */
export async function insertWebhookRow(
  env: Env,
  { USER_WEBHOOKS, WORKSPACE_WEBHOOKS }: { USER_WEBHOOKS: number; WORKSPACE_WEBHOOKS: number },
  record: WebhookRecord,
): Promise<void> {
  const createdAt = sql<number>`(SELECT CASE WHEN count(*) < ${WORKSPACE_WEBHOOKS}
    AND count(*) FILTER (WHERE owner_id = ${record.ownerId}) < ${USER_WEBHOOKS} THEN ${record.createdAt} END FROM webhooks)`;
  try {
    await accountDatabase(env)
      .insert(webhooks)
      .values({ ...record, createdAt })
      .onConflictDoNothing();
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: webhooks.created_at"))
      reject(
        "conflict",
        `A user can have ${USER_WEBHOOKS} webhooks, and the workspace ${WORKSPACE_WEBHOOKS}; delete one`,
      );
    throw error;
  }
}

/** Writes what may change. A row that was deleted is not created again. */
export async function updateWebhookRow(env: Env, record: WebhookRecord): Promise<void> {
  const { id, ownerId: _, createdAt: __, format: ___, ...changes } = record;
  await accountDatabase(env).update(webhooks).set(changes).where(eq(webhooks.id, id));
}

export async function deleteWebhookRow(env: Env, webhookId: string): Promise<void> {
  await accountDatabase(env).delete(webhooks).where(eq(webhooks.id, webhookId));
}

/** Lists the public channels that are not archived, oldest first. */
export async function listPublicChannelIds(env: Env, limit: number): Promise<string[]> {
  const rows = await accountDatabase(env)
    .select({ id: channels.id })
    .from(channels)
    // Literally the condition of the partial index: SQLite would not use the index with a bound parameter.
    .where(sql`type = 'public' and archived_at is null`)
    .orderBy(asc(channels.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Lists the active webhooks for all public channels. */
export async function listPublicWebhookIds(env: Env): Promise<string[]> {
  const rows = await accountDatabase(env)
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(and(isNull(webhooks.channelIds), eq(webhooks.state, "active")));
  return rows.map(({ id }) => id);
}
