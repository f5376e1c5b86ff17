import { and, eq, lte, or, sql } from "drizzle-orm";
import { accountDatabase, isUniqueViolation, type Database, pendingRegistrations } from "../../db/index.ts";
import { emailKey } from "../../domain/email-key.ts";
import { foldKey } from "../../text/fold-key.ts";
import { rejectTaken } from "./queries.ts";

export type PendingRow = typeof pendingRegistrations.$inferSelect;

/**
 * Stores a registration until its address is confirmed. The statements are the same whether or not another account has the address, and the
 * username is reserved in both cases, so that neither the answer nor a later request reveals it. A repeated registration with the
 * same username and address replaces the earlier one, whose link then fails.
 *
 * @throws `conflict` if the username is taken, or reserved by another registration
 */
export async function insertPending(
  db: Database,
  pending: Omit<PendingRow, "emailKey" | "usernameKey">,
): Promise<void> {
  const keys = { emailKey: emailKey(pending.email), usernameKey: foldKey(pending.username) };
  const { id, email, username, displayName, passwordHash, inviteId, createdAt, expiresAt } = pending;
  const table = pendingRegistrations;
  try {
    const [, inserted] = await db.batch([
      db
        .delete(table)
        .where(
          or(
            lte(table.expiresAt, createdAt),
            and(eq(table.usernameKey, keys.usernameKey), eq(table.emailKey, keys.emailKey)),
          ),
        ),
      db
        .insert(table)
        .select(
          sql`SELECT ${id}, ${email}, ${keys.emailKey}, ${username}, ${keys.usernameKey}, ${displayName}, ${passwordHash}, ${inviteId},
            ${createdAt}, ${expiresAt} WHERE NOT EXISTS (SELECT 1 FROM users WHERE username_key = ${keys.usernameKey})`,
        )
        .returning({ id: table.id }),
    ]);
    if (inserted.length === 0) rejectTaken("username");
  } catch (error) {
    if (isUniqueViolation(error, "pending_registrations.username_key")) rejectTaken("username");
    throw error;
  }
}

/** Reads a registration that waits for its confirmation. Undefined if there is none, or it has expired. */
export async function findPending(db: Database, id: string): Promise<PendingRow | undefined> {
  const row = await db.select().from(pendingRegistrations).where(eq(pendingRegistrations.id, id)).get();
  return row && row.expiresAt > Date.now() ? row : undefined;
}

/** Deletes registrations that were not confirmed in time, with their addresses and passwords. */
export async function deleteExpiredPending(env: Env, nowMs: number): Promise<void> {
  await accountDatabase(env)
    .delete(pendingRegistrations)
    .where(lte(pendingRegistrations.expiresAt, nowMs))
    .run();
}

/** Builds the statement that deletes a registration, for the batch that inserts its account. */
export const deletePending = (db: Database, id: string) =>
  db.delete(pendingRegistrations).where(eq(pendingRegistrations.id, id));
