import type { Context } from "hono";
import type { Actor } from "../domain/actor.ts";
import { checkWorkspacePermissions } from "../domain/permissions.ts";
import { notFound } from "../errors/app-error.ts";
import { isChannelVisibleTo, channelDatabase } from "../db/index.ts";
import type { AppEnv } from "./context.ts";

/**
 * Checks that a channel is visible to the user, before its room is called. A missing and a hidden channel take the same steps, so that
 * neither the response nor its duration reveals which it is, and a made-up id creates no object.
 *
 * @param actor the user, with their current role in the workspace
 * @param request `isAdmitted`: the user was admitted to the channel before. Then the room exists and decides alone, even while D1 is down;
 *   otherwise D1 is asked.
 * @throws `not_found` when the channel does not exist or is hidden from the user
 */
export async function requireVisibleChannel(
  env: Env,
  { userId, role }: Pick<Actor, "userId" | "role">,
  { channelId, isAdmitted }: { channelId: string; isAdmitted: boolean },
): Promise<void> {
  if (isAdmitted) return;
  const isGuest = !checkWorkspacePermissions("browseWorkspace", role);
  if (!(await isChannelVisibleTo(channelDatabase(env, channelId), { userId, isGuest }, channelId)))
    notFound("channel");
}

/**
 * Checks, as `requireVisibleChannel` does, the channel in the request's path, about which `authenticate` has asked the hub.
 *
 * @throws `not_found`
 */
export const requireChannelInPath = (c: Context<AppEnv>, channelId: string): Promise<void> =>
  requireVisibleChannel(c.env, c.var.actor, {
    channelId,
    isAdmitted: c.var.admittedChannelId === channelId,
  });

/**
 * Checks, after a room has answered a read, that a guest is a member of the channel. A room that does not hold the session does not know whether
 * the user is a guest; the hub does.
 *
 * @param isMember the room's answer; undefined if it rejected the read, or has an earlier release: then D1 is asked
 * @throws `not_found` for a guest who is not a member
 */
export async function requireMembershipOfGuest(
  env: Env,
  actor: Actor,
  channelId: string,
  isMember: boolean | undefined,
): Promise<void> {
  if (isMember || checkWorkspacePermissions("browseWorkspace", actor.role)) return;
  if (isMember === false) notFound("channel");
  await requireVisibleChannel(env, actor, { channelId, isAdmitted: false });
}
