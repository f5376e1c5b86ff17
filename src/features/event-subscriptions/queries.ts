import { and, asc, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { accountDatabase, channels, databaseErrorText, subscriptions } from "../../db/index.ts";
import type { SubscriptionRecord } from "../../domain/event-subscriptions.ts";
import { reject } from "../../errors/app-error.ts";

/** Reads the row of a subscription. Undefined if there is none. */
export async function findSubscription(
  env: Env,
  subscriptionId: string,
): Promise<SubscriptionRecord | undefined> {
  return accountDatabase(env).select().from(subscriptions).where(eq(subscriptions.id, subscriptionId)).get();
}

/** Reads a page of subscriptions, newest first: of one owner, or all. */
export async function listSubscriptions(
  env: Env,
  { ownerId, before, limit }: { ownerId?: string; before?: string | undefined; limit: number },
): Promise<SubscriptionRecord[]> {
  return accountDatabase(env)
    .select()
    .from(subscriptions)
    .where(
      and(
        ownerId === undefined ? undefined : eq(subscriptions.ownerId, ownerId),
        before === undefined ? undefined : lt(subscriptions.id, before),
      ),
    )
    .orderBy(desc(subscriptions.id))
    .limit(limit);
}

/**
 * Inserts the row of a new subscription. Beyond a limit `created_at` is NULL, which the table rejects, so that simultaneous requests cannot exceed
 * the limits.
 *
 * @throws `conflict` at the limit of the owner or of the workspace
 */
export async function insertSubscriptionRow(
  env: Env,
  {
    USER_EVENT_SUBSCRIPTIONS,
    WORKSPACE_EVENT_SUBSCRIPTIONS,
  }: { USER_EVENT_SUBSCRIPTIONS: number; WORKSPACE_EVENT_SUBSCRIPTIONS: number },
  record: SubscriptionRecord,
): Promise<void> {
  const createdAt = sql<number>`(SELECT CASE WHEN count(*) < ${WORKSPACE_EVENT_SUBSCRIPTIONS}
    AND count(*) FILTER (WHERE owner_id = ${record.ownerId}) < ${USER_EVENT_SUBSCRIPTIONS} THEN ${record.createdAt} END FROM event_subscriptions)`;
  try {
    await accountDatabase(env)
      .insert(subscriptions)
      .values({ ...record, createdAt })
      .onConflictDoNothing();
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: event_subscriptions.created_at"))
      reject(
        "conflict",
        `A user can have ${USER_EVENT_SUBSCRIPTIONS} subscriptions, and the workspace ${WORKSPACE_EVENT_SUBSCRIPTIONS}; delete one`,
      );
    throw error;
  }
}

/** Writes what may change. A row that was deleted is not created again. */
export async function updateEventSubscriptionRow(env: Env, record: SubscriptionRecord): Promise<void> {
  const { id, ownerId: _, createdAt: __, format: ___, ...changes } = record;
  await accountDatabase(env).update(subscriptions).set(changes).where(eq(subscriptions.id, id));
}

export async function deleteEventSubscriptionRow(env: Env, subscriptionId: string): Promise<void> {
  await accountDatabase(env).delete(subscriptions).where(eq(subscriptions.id, subscriptionId));
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

/** Lists the active subscriptions for all public channels. */
export async function listPublicEventSubscriptionIds(env: Env): Promise<string[]> {
  const rows = await accountDatabase(env)
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(isNull(subscriptions.channelIds), eq(subscriptions.state, "active")));
  return rows.map(({ id }) => id);
}
