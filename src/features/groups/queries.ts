import { asc, count, eq, getTableColumns, gt, type SQL, sql } from "drizzle-orm";
import {
  accountDatabase,
  type Database,
  type Statement,
  userGroupMembers,
  userGroups,
  users,
  writeBatch,
} from "../../db/index.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import type { MentionableGroup } from "../../domain/user-groups.ts";
import { isoTime } from "../../lib/time.ts";
import { GroupHandle, limits, type UserGroup, type UserGroupWithMembers } from "../../protocol/index.ts";

export type GroupRow = typeof userGroups.$inferSelect;
type CountedRow = GroupRow & { memberCount: number };

const memberCount = sql<number>`(SELECT count(*) FROM user_group_members AS member WHERE member.group_id = ${userGroups.id})`;

const selectGroups = (db: Database) =>
  db.select({ ...getTableColumns(userGroups), memberCount }).from(userGroups);

const presentGroup = (row: CountedRow): UserGroup => ({
  ...row,
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
});

/** Reads a page of groups by handle. */
export async function listGroups(
  env: Env,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const after = cursor === undefined ? undefined : gt(userGroups.handle, decodeCursor(cursor, GroupHandle));
  const rows = await selectGroups(accountDatabase(env))
    .where(after)
    .orderBy(asc(userGroups.handle))
    .limit(limit + 1);
  return toPage(rows, limit, presentGroup, ({ handle }) => handle);
}

/** Reads a group with its members, in one snapshot. Undefined if there is none. */
export async function findGroup(env: Env, groupId: string): Promise<UserGroupWithMembers | undefined> {
  const db = accountDatabase(env);
  const [[row], members] = await db.batch([
    selectGroups(db).where(eq(userGroups.id, groupId)),
    db
      .select({ userId: userGroupMembers.userId })
      .from(userGroupMembers)
      .where(eq(userGroupMembers.groupId, groupId))
      .orderBy(asc(userGroupMembers.userId)),
  ]);
  return row && { ...presentGroup(row), userIds: members.map(({ userId }) => userId) };
}

/** Returns how many of these users exist and are not erased. */
export async function countUsers(env: Env, userIds: readonly string[]): Promise<number> {
  const row = await accountDatabase(env)
    .select({ n: count() })
    .from(users)
    .where(
      sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(userIds)})) AND ${users.erasedAt} IS NULL`,
    )
    .get();
  return row?.n ?? 0;
}

/** A condition: no account, and no registration that waits for its confirmation, has the username. */
const isFreeOfUsers = (
  handle: string,
): SQL => sql`NOT EXISTS (SELECT 1 FROM users WHERE username_key = ${handle})
  AND NOT EXISTS (SELECT 1 FROM pending_registrations WHERE username_key = ${handle} AND expires_at > ${Date.now()})`;

/** Statements that insert members, of those users who exist. */
const insertMembers = (groupId: string, userIds: readonly string[]): Statement =>
  sql`INSERT INTO user_group_members (group_id, user_id)
    SELECT ${groupId}, users.id FROM json_each(${JSON.stringify(userIds)}) AS wanted CROSS JOIN users ON users.id = wanted.value
    WHERE users.erased_at IS NULL AND EXISTS (SELECT 1 FROM user_groups WHERE id = ${groupId})
    ON CONFLICT DO NOTHING`;

/**
 * Inserts a group with its members, unless a user has its handle or the workspace has `limit` groups, in one transaction.
 *
 * @returns whether it was inserted
 * @throws a unique violation if a group has the handle
 */
export async function insertGroup(
  env: Env,
  row: GroupRow,
  userIds: readonly string[],
  limit: number,
): Promise<boolean> {
  const { id, handle, name, description, createdBy, createdAt } = row;
  const [inserted] = await writeBatch(accountDatabase(env), [
    sql`INSERT INTO user_groups (id, handle, name, description, created_by, created_at, updated_at)
      SELECT ${id}, ${handle}, ${name}, ${description}, ${createdBy}, ${createdAt}, ${createdAt}
      WHERE ${isFreeOfUsers(handle)} AND (SELECT count(*) FROM user_groups) < ${limit}`,
    insertMembers(id, userIds),
  ]);
  return (inserted?.meta.changes ?? 0) > 0;
}

/**
 * Changes a group, and replaces its members if `userIds` is given, in one transaction.
 *
 * @returns whether it was changed; if not, a user has the new handle or the group was deleted
 * @throws a unique violation if another group has the handle
 */
export async function updateGroupRows(
  env: Env,
  groupId: string,
  change: Partial<Pick<GroupRow, "handle" | "name" | "description">>,
  userIds: readonly string[] | undefined,
): Promise<boolean> {
  const { handle = null, name = null, description = null } = change;
  // The transaction stops at a handle that a user has, because NOT NULL is violated.
  const newHandle =
    handle === null ? sql`handle` : sql`CASE WHEN ${isFreeOfUsers(handle)} THEN ${handle} END`;
  const [updated] = await writeBatch(accountDatabase(env), [
    sql`UPDATE user_groups SET handle = ${newHandle}, name = coalesce(${name}, name),
      description = coalesce(${description}, description), updated_at = ${Date.now()} WHERE id = ${groupId}`,
    ...(userIds
      ? [
          sql`DELETE FROM user_group_members WHERE group_id = ${groupId}
            AND user_id NOT IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`,
          insertMembers(groupId, userIds),
        ]
      : []),
  ]);
  return (updated?.meta.changes ?? 0) > 0;
}

/** Deletes a group and its members, in one transaction. */
export async function deleteGroupRows(env: Env, groupId: string): Promise<void> {
  const db = accountDatabase(env);
  await db.batch([
    db.delete(userGroupMembers).where(eq(userGroupMembers.groupId, groupId)),
    db.delete(userGroups).where(eq(userGroups.id, groupId)),
  ]);
}

/** Adds a member, unless the group is full. Returns whether the user is a member then, and whether they were before. */
export async function insertMember(
  env: Env,
  groupId: string,
  userId: string,
): Promise<{ isMember: boolean; isNew: boolean }> {
  const db = accountDatabase(env);
  const [inserted, found] = await writeBatch(db, [
    sql`INSERT INTO user_group_members (group_id, user_id)
      SELECT ${groupId}, users.id FROM users WHERE users.id = ${userId} AND users.erased_at IS NULL
        AND EXISTS (SELECT 1 FROM user_groups WHERE id = ${groupId})
        AND (SELECT count(*) FROM user_group_members WHERE group_id = ${groupId}) < ${limits.groupMembers}
      ON CONFLICT DO NOTHING`,
    sql`SELECT 1 FROM user_group_members WHERE group_id = ${groupId} AND user_id = ${userId}`,
  ]);
  return { isNew: (inserted?.meta.changes ?? 0) > 0, isMember: (found?.results.length ?? 0) > 0 };
}

/** Removes a member. Returns whether the user was one. */
export async function deleteMember(env: Env, groupId: string, userId: string): Promise<boolean> {
  const { meta } = await accountDatabase(env).run(
    sql`DELETE FROM user_group_members WHERE group_id = ${groupId} AND user_id = ${userId}`,
  );
  return meta.changes > 0;
}

/** Reads the groups with these handles and their members. A handle without a group has no entry. */
export async function findGroupMembers(
  env: Env,
  handles: readonly string[],
): Promise<Map<string, MentionableGroup>> {
  const rows = await accountDatabase(env).all<{ handle: string; groupId: string; userId: string | null }>(
    sql`SELECT named.handle AS handle, named.id AS groupId, member.user_id AS userId
      FROM json_each(${JSON.stringify(handles)}) AS wanted CROSS JOIN user_groups AS named ON named.handle = wanted.value
      LEFT JOIN user_group_members AS member ON member.group_id = named.id`,
  );
  return new Map(
    [...Map.groupBy(rows, ({ handle }) => handle)].map(([handle, members]) => [
      handle,
      {
        groupId: members[0]?.groupId ?? "",
        userIds: members.flatMap(({ userId }) => userId ?? []),
      },
    ]),
  );
}
