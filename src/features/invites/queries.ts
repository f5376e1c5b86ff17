import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { accountDatabase, type Database, databaseErrorText, invites, users } from "../../db/index.ts";
import type { WorkspaceRole } from "../../protocol/index.ts";
import type { InviteRow } from "./invite.ts";

/** Reads an invite. Undefined if there is none. */
export async function findInvite(db: Database, inviteId: string): Promise<InviteRow | undefined> {
  return db.select().from(invites).where(eq(invites.id, inviteId)).get();
}

/** Reads the role that an invite gives; rows of invites are never deleted. */
export async function findInvitedRole(db: Database, inviteId: string): Promise<InviteRow["role"]> {
  return (await findInvite(db, inviteId))?.role ?? "guest";
}

export async function insertInvite(
  db: Database,
  invite: Omit<InviteRow, "uses" | "revokedAt">,
): Promise<InviteRow> {
  return db.insert(invites).values(invite).returning().get();
}

/** Reads a page of invites, newest first: of one creator, or all. */
export async function listInvites(
  db: Database,
  { createdBy, before, limit }: { createdBy?: string; before?: string | undefined; limit: number },
): Promise<InviteRow[]> {
  return db
    .select()
    .from(invites)
    .where(
      and(
        createdBy === undefined ? undefined : eq(invites.createdBy, createdBy),
        before === undefined ? undefined : lt(invites.id, before),
      ),
    )
    .orderBy(desc(invites.id))
    .limit(limit);
}

/** Revokes an invite; a second time it changes nothing. */
export async function setRevoked(db: Database, inviteId: string, nowMs: number): Promise<void> {
  await db
    .update(invites)
    .set({ revokedAt: nowMs })
    .where(and(eq(invites.id, inviteId), isNull(invites.revokedAt)));
}

/**
 * Builds the statement that counts a use of an invite, for the batch that inserts the account. If the invite can no longer be used, or its
 * creator may no longer invite, it violates a NOT NULL constraint, so that the whole batch fails: no use is lost, and none exceeds the limit.
 */
export function spendInvite(
  db: Database,
  inviteId: string,
  { nowMs, inviterRoles }: { nowMs: number; inviterRoles: readonly WorkspaceRole[] },
) {
  const mayInvite = sql`EXISTS (SELECT 1 FROM users AS inviter WHERE inviter.id = ${invites.createdBy} AND inviter.active = 1
    AND inviter.role IN (SELECT value FROM json_each(${JSON.stringify(inviterRoles)})))`;
  return db
    .update(invites)
    .set({
      uses: sql`CASE WHEN ${invites.revokedAt} IS NULL AND ${invites.expiresAt} > ${nowMs} AND ${invites.uses} < ${invites.maxUses}
        AND ${mayInvite} THEN ${invites.uses} + 1 END`,
    })
    .where(eq(invites.id, inviteId));
}

/** Whether a batch failed because of `spendInvite`. */
export const isInviteSpent = (error: unknown): boolean =>
  databaseErrorText(error).includes("NOT NULL constraint failed: invites.uses");

/** What a new user's hub needs of the invite: which channels to join, on behalf of which user. */
export interface Invitation {
  channelIds: string[];
  /** The inviter as they are now; undefined if they may no longer invite. */
  inviter: { userId: string; role: (typeof users.$inferSelect)["role"] } | undefined;
}

/** Reads what an invite grants. Undefined if there is no such invite. */
export async function readInvitation(env: Env, inviteId: string): Promise<Invitation | undefined> {
  const row = await accountDatabase(env)
    .select({
      channelIds: invites.channelIds,
      userId: invites.createdBy,
      role: users.role,
      active: users.active,
    })
    .from(invites)
    .leftJoin(users, eq(users.id, invites.createdBy))
    .where(eq(invites.id, inviteId))
    .get();
  if (!row) return undefined;
  const { channelIds, userId, role, active } = row;
  return { channelIds, inviter: role && active ? { userId, role } : undefined };
}
