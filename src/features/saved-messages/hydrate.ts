import type { Context } from "hono";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import type { AppEnv } from "../../http/context.ts";
import { inParallel } from "../../lib/parallel.ts";
import type { Message, SavedItem, SavedMessage } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";

/** Rooms that one request asks at the same time. */
const roomsAtOnce = 10;

/**
 * Adds the messages to saved ones, as their rooms have them now: one call for each channel. A message that the user may no longer read is marked
 * `unreadable`.
 */
export async function withMessages(c: Context<AppEnv>, saved: readonly SavedMessage[]): Promise<SavedItem[]> {
  const byChannel = Map.groupBy(saved, ({ channelId }) => channelId);
  const found = new Map<string, Message>();
  await inParallel([...byChannel], roomsAtOnce, async ([channelId, entries]) => {
    const ids = entries.map(({ messageId }) => messageId);
    for (const message of await readableMessages(c, channelId, ids)) found.set(message.id, message);
  });
  return saved.map((entry) => {
    const message = found.get(entry.messageId);
    return Object.assign({}, entry, message ? { message } : { unreadable: true as const });
  });
}

async function readableMessages(
  c: Context<AppEnv>,
  channelId: string,
  messageIds: string[],
): Promise<Message[]> {
  const { userId, sessionId, role } = c.var.actor;
  const reading = await callObject(() =>
    roomOf(c.env, channelId).read({ userId, sessionId }, { kind: "messagesById", messageIds }),
  );
  if (!reading.ok && reading.problem.code === "not_found") return [];
  const { json, isMember } = unwrap(reading);
  // The room does not know that a user without membership is a guest.
  if (!isMember && !checkWorkspacePermissions("browseWorkspace", role)) return [];
  return JSON.parse(json ?? "[]") as Message[];
}
