import type { Context } from "hono";
import type { ChannelRead, ChannelReading } from "../domain/channel-read.ts";
import { AppError } from "../errors/app-error.ts";
import { callIfPresent, roomOf } from "../rpc/stubs.ts";
import { type RpcResult, unwrap } from "../rpc/rpc-result.ts";
import { liveSession } from "./authenticate.ts";
import { readWhileChecking } from "./authenticate-read.ts";
import { channelHints } from "./channel-hints.ts";
import type { AppEnv } from "./context.ts";
import { requireChannelInPath, requireMembershipOfGuest } from "./require-visible-channel.ts";
import { replyRaw } from "./reply.ts";

/**
 * Responds with what a room reads from its own SQLite. A room that held a socket of the session before answers in one call; for a channel
 * to which the session was admitted before, room and hub are called at the same time, and the room's answer is discarded if the hub rejects;
 * otherwise first the hub, then the channel's visibility are checked. Guests get an answer only from channels that they are members of.
 *
 * @param fallback the response from D1, for a room that still runs the previous release, which can't answer reads
 * @throws `unauthenticated`; `not_found`, without a call to the room, for a channel that is not visible to the user; what the room throws
 */
export async function readFromRoom(
  c: Context<AppEnv>,
  channelId: string,
  read: ChannelRead,
  fallback: () => Promise<Response>,
): Promise<Response> {
  const hints = channelHints(c.env);
  const { claims } = c.var;
  try {
    const reading = await callRoom(c, channelId, read);
    if (!reading) {
      await liveSession(c);
      return await fallback();
    }
    // A room that answers alone knows the role by the socket. Also before an error of the read, which only a member may see.
    if (!c.var.heldByRoom)
      await requireMembershipOfGuest(
        c.env,
        c.var.actor,
        channelId,
        reading.ok ? reading.value.isMember : undefined,
      );
    const { json, isHeld } = unwrap(reading);
    // The hub has confirmed the session, unless the room has answered alone.
    if (c.var.sessionCheck) hints.recordAdmitted(claims, channelId, isHeld);
    return replyRaw(c, json ?? "null");
  } catch (error) {
    hints.recordRejected(claims, channelId, error instanceof AppError ? error.code : undefined);
    throw error;
  }
}

/** Returns the room's answer; undefined if the room runs the previous release. */
async function callRoom(
  c: Context<AppEnv>,
  channelId: string,
  read: ChannelRead,
): Promise<RpcResult<ChannelReading> | undefined> {
  const { userId, sessionId } = c.var.claims;
  const ask = (ifHeld: boolean) =>
    callIfPresent(() => roomOf(c.env, channelId).read({ userId, sessionId }, read, { ifHeld }));
  const hint = channelHints(c.env).find(c.var.claims, channelId);
  if (hint === "held") {
    const reading = await ask(true);
    if (!reading?.ok || reading.value.json !== null) {
      c.set("heldByRoom", reading !== undefined);
      return reading;
    }
  }
  if (hint) return readWhileChecking(c, () => ask(false));
  await liveSession(c);
  await requireChannelInPath(c, channelId);
  return ask(false);
}
