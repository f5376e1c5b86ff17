import type { Context } from "hono";
import { notFound } from "../errors/app-error.ts";
import { isChannelVisibleTo, channelDatabase } from "../db/index.ts";
import type { AppEnv } from "./context.ts";

/**
 * Rejects with `not_found` what the user may not know of, before any room is called: a missing channel and a hidden one take the same
 * steps, so that neither the answer nor its duration tells them apart, and a made-up id creates no object.
 *
 * @param held Whether the user's hub holds the channel: then the user was admitted to it before, and the room decides alone, also while
 * D1 is down. Otherwise D1 decides whether the room is called.
 */
export async function requireVisibleChannel(
  env: Env,
  { userId, channelId, held }: { userId: string; channelId: string; held: boolean },
): Promise<void> {
  if (held || (await isChannelVisibleTo(channelDatabase(env, channelId), userId, channelId))) return;
  notFound("channel");
}

/** As `requireKnownChannel`, for the channel in the request's path, about which `authenticate` has asked the hub. */
export const requireChannelInPath = (c: Context<AppEnv>, channelId: string): Promise<void> =>
  requireVisibleChannel(c.env, {
    userId: c.var.actor.userId,
    channelId,
    held: c.var.admittedChannelId === channelId,
  });
