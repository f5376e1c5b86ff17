import type { Config } from "../../config.ts";
import { databaseErrorText, isUniqueViolation } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { defined } from "../../lib/defined.ts";
import { newId } from "../../lib/ids.ts";
import { limits, type UserGroupWithMembers } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import {
  countUsers,
  deleteGroupRows,
  deleteMember,
  findGroup,
  insertGroup,
  insertMember,
  updateGroupRows,
} from "./queries.ts";

type GroupConfig = Pick<Config, "GROUPS_BY" | "WORKSPACE_GROUPS">;

export interface GroupChange {
  handle?: string | undefined;
  name?: string | undefined;
  description?: string | undefined;
  userIds?: string[] | undefined;
}

/** Checks that an actor may change groups, and counts the change. @throws `forbidden`; `rate_limited` */
export async function requireGroupManager(
  env: Env,
  { GROUPS_BY }: GroupConfig,
  { userId, role }: Actor,
): Promise<void> {
  if (!checkWorkspacePermissions("manageGroups", role) && !(GROUPS_BY === "members" && role === "member"))
    reject("forbidden", "You are not permitted to change user groups");
  unwrap(await callObject(() => hubOf(env, userId).spendQuota("groups")));
}

/** @throws `not_found` if one of the users does not exist */
async function requireUsers(env: Env, userIds: readonly string[]): Promise<void> {
  if (userIds.length > 0 && (await countUsers(env, userIds)) < userIds.length) notFound("user");
}

/**
 * Creates a group.
 *
 * @throws `not_found` for an unknown user; `conflict` for a handle that is taken, and at the limit
 */
export async function createGroup(
  env: Env,
  { WORKSPACE_GROUPS }: GroupConfig,
  { userId: createdBy }: Actor,
  { handle, name, description = "", userIds = [] }: GroupChange & { handle: string; name: string },
): Promise<UserGroupWithMembers> {
  await requireUsers(env, userIds);
  const nowMs = Date.now();
  const row = { id: newId("grp", nowMs), handle, name, description, createdBy, createdAt: nowMs };
  const isInserted = await unlessTaken(
    insertGroup(env, { ...row, updatedAt: nowMs }, userIds, WORKSPACE_GROUPS),
  );
  if (isInserted) return (await findGroup(env, row.id)) ?? notFound("group");
  return rejectTaken(
    `A user has this name, or the workspace has ${WORKSPACE_GROUPS} groups, which is the limit`,
  );
}

/**
 * Changes a group.
 *
 * @returns the group before and after
 * @throws `not_found` for an unknown group or user; `conflict` for a handle that is taken
 */
export async function updateGroup(
  env: Env,
  groupId: string,
  { userIds, handle, ...change }: GroupChange,
): Promise<{ before: UserGroupWithMembers; after: UserGroupWithMembers }> {
  const before = (await findGroup(env, groupId)) ?? notFound("group");
  await requireUsers(env, userIds ?? []);
  const newHandle = handle === before.handle ? undefined : handle;
  const values = defined({ ...change, handle: newHandle });
  if (!(await unlessTaken(updateGroupRows(env, groupId, values, userIds)))) notFound("group");
  return { before, after: (await findGroup(env, groupId)) ?? notFound("group") };
}

/** Deletes a group. Returns it as it was. @throws `not_found` */
export async function deleteGroup(env: Env, groupId: string): Promise<UserGroupWithMembers> {
  const group = (await findGroup(env, groupId)) ?? notFound("group");
  await deleteGroupRows(env, groupId);
  return group;
}

/**
 * Adds a user to a group.
 *
 * @returns the group; undefined if the user was a member before
 * @throws `not_found`; `conflict` if the group is full
 */
export async function addMember(
  env: Env,
  groupId: string,
  userId: string,
): Promise<UserGroupWithMembers | undefined> {
  const { isMember, isNew } = await insertMember(env, groupId, userId);
  if (isMember && !isNew) return undefined;
  const group = (await findGroup(env, groupId)) ?? notFound("group");
  if (isNew) return group;
  await requireUsers(env, [userId]);
  return reject("conflict", `A group can have at most ${limits.groupMembers} members`);
}

/** Removes a user from a group. Returns the group; undefined if the user was no member. @throws `not_found` for an unknown group */
export async function removeMember(
  env: Env,
  groupId: string,
  userId: string,
): Promise<UserGroupWithMembers | undefined> {
  const isRemoved = await deleteMember(env, groupId, userId);
  const group = (await findGroup(env, groupId)) ?? notFound("group");
  return isRemoved ? group : undefined;
}

async function unlessTaken(written: Promise<boolean>): Promise<boolean> {
  try {
    return await written;
  } catch (error) {
    if (isUniqueViolation(error, "user_groups.handle")) rejectTaken("Another group has this handle");
    if (databaseErrorText(error).includes("NOT NULL constraint failed: user_groups.handle"))
      rejectTaken("A user has this name");
    throw error;
  }
}

const rejectTaken = (detail: string): never =>
  reject("conflict", detail, { issues: [{ path: "handle", message: "Taken" }] });
