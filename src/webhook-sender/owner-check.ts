import { accountDatabase } from "../db/index.ts";
import type { SubscriptionReader } from "../domain/event-subscriptions.ts";
import { findUser } from "../features/users/index.ts";

/**
 * Returns the owner of a subscription with their current role; undefined if the account is suspended or erased. Asked before each event: what may be
 * sent is decided as of now, not as of the time when the subscription was created.
 */
export async function findOwner(env: Env, ownerId: string): Promise<SubscriptionReader | undefined> {
  const row = await findUser(accountDatabase(env), ownerId);
  return row?.active && row.erasedAt === null ? { userId: row.id, role: row.role } : undefined;
}
