import { accountDatabase } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { findUser } from "../users/index.ts";

/**
 * Removes all second factors of another user and ends their sessions. Safe to repeat.
 *
 * @throws `forbidden` without permission, or for the owner; `conflict` for oneself; `not_found`
 */
export async function resetSecondFactors(env: Env, actor: Actor, userId: string): Promise<void> {
  if (!checkWorkspacePermissions("manageUsers", actor.role))
    reject("forbidden", "Only the workspace's owner and admins can reset second factors");
  if (userId === actor.userId)
    reject("conflict", "You cannot reset your own second factors; remove them instead");
  const user = (await findUser(accountDatabase(env), userId)) ?? notFound("user");
  if (user.role === "owner") reject("forbidden", "The owner's second factors cannot be reset by others");
  await callObject(() => hubOf(env, userId).resetSecondFactors());
}
