import { and, eq, exists, or } from "drizzle-orm";
import type { Context } from "hono";
import { notFound } from "../core/app-error.ts";
import { BoundedCache } from "../core/bounded-cache.ts";
import { channelMembers, channels, recordFor } from "../db/index.ts";
import type { AppEnv } from "./context.ts";

const cachedChannels = 5_000;

/** Public channels stay public, so that an id which was found once need not be looked up again. */
const publicChannels = new BoundedCache<string, true>(cachedChannels);

/**
 * Throws `not_found` unless the request's user may know of the channel. Comes before every call of a room whose id a request names, so
 * that a made-up id starts no object, and neither does that of others' private channel: both get the same answer after the same
 * look-up. The user's hub knows the channels that they are in; for all others D1 is asked.
 */
export async function requireRoom(c: Context<AppEnv>, channelId: string): Promise<void> {
  if (c.get("heldChannelId") !== channelId) await requireReachable(c.env, c.get("actor").userId, channelId);
}

/** Throws `not_found` unless D1 has the channel as public, or the user as its member. */
export async function requireReachable(env: Env, userId: string, channelId: string): Promise<void> {
  if (publicChannels.get(channelId)) return;
  const db = recordFor(env, channelId);
  const membership = db
    .select({ userId: channelMembers.userId })
    .from(channelMembers)
    .where(and(eq(channelMembers.channelId, channelId), eq(channelMembers.userId, userId)));
  const row = await db
    .select({ type: channels.type })
    .from(channels)
    .where(and(eq(channels.id, channelId), or(eq(channels.type, "public"), exists(membership))))
    .get();
  if (!row) return notFound("channel");
  if (row.type === "public") publicChannels.set(channelId, true);
}
