import type { Context } from "hono";
import { sql } from "drizzle-orm";
import { accountDatabase } from "../db/index.ts";
import { AppError, notFound } from "../errors/app-error.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { liveSession } from "./authenticate.ts";
import type { AppEnv } from "./context.ts";
import { requireMembershipOfGuest, requireVisibleChannel } from "./require-visible-channel.ts";

/**
 * Finds a message that the user may read now. Without a channel, D1 says which one it belongs to; a message of a few hundred milliseconds ago
 * may be missing there.
 *
 * @param channelId the channel in which the caller says the message is
 * @returns the channel of the message
 * @throws `not_found`, with the same detail in each case, if there is no such message or the user may not read it; `unavailable` while D1
 *   is down
 */
export async function findReadableMessage(
  c: Context<AppEnv>,
  messageId: string,
  channelId?: string,
): Promise<string> {
  await liveSession(c);
  const found = channelId ?? (await channelOf(c.env, messageId)) ?? notFound("message");
  try {
    await requireReadable(c, found, messageId);
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") notFound("message");
    throw error;
  }
  return found;
}

async function requireReadable(c: Context<AppEnv>, channelId: string, messageId: string): Promise<void> {
  const { actor } = c.var;
  const { userId, sessionId } = actor;
  await requireVisibleChannel(c.env, actor, { channelId, isAdmitted: false });
  const reading = await callObject(() =>
    roomOf(c.env, channelId).read({ userId, sessionId }, { kind: "message", messageId }),
  );
  await requireMembershipOfGuest(c.env, actor, channelId, reading.ok ? reading.value.isMember : undefined);
  unwrap(reading);
}

/** Looks a message up without its channel, so that the database can't be chosen by the channel. */
async function channelOf(env: Env, messageId: string): Promise<string | undefined> {
  const [row] = await accountDatabase(env).all<{ channelId: string }>(
    sql`SELECT channel_id AS channelId FROM messages WHERE id = ${messageId}`,
  );
  return row?.channelId;
}
