import type { Context } from "hono";
import { notFound } from "../errors/app-error.ts";
import { isChannelVisibleTo, channelDatabase } from "../db/index.ts";
import type { AppEnv } from "./context.ts";

/**
 * Checks that a channel is visible to the user, before its room is called. A missing and a hidden channel take the same steps, so that
 * neither the response nor its duration reveals which it is, and a made-up id creates no object.
 *
 * @param request `isAdmitted`: the user was admitted to the channel before. Then the room exists and decides alone, even while D1 is down;
 *   otherwise D1 is asked.
 * @throws `not_found` when the channel does not exist or is hidden from the user
 */
export async function requireVisibleChannel(
  env: Env,
  { userId, channelId, isAdmitted }: { userId: string; channelId: string; isAdmitted: boolean },
): Promise<void> {
  if (isAdmitted || (await isChannelVisibleTo(channelDatabase(env, channelId), userId, channelId))) return;
  notFound("channel");
}

/**
 * Checks, as `requireVisibleChannel` does, the channel in the request's path, about which `authenticate` has asked the hub.
 *
 * @throws `not_found`
 */
export const requireChannelInPath = (c: Context<AppEnv>, channelId: string): Promise<void> =>
  requireVisibleChannel(c.env, {
    userId: c.var.actor.userId,
    channelId,
    isAdmitted: c.var.admittedChannelId === channelId,
  });
