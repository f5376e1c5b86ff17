import { inArray } from "drizzle-orm";
import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accountDatabase, channelDirectory, users } from "../../db/index.ts";
import type { ChannelSnapshot } from "../../protocol/index.ts";
import { directChannel, directChannelId, directMemberIds } from "./direct.ts";

/**
 * The channel of the actor and these others, and whether it was made for this; with nobody else a note to oneself. One that the
 * actor's hub holds is answered by its room alone, whatever has become of the others.
 *
 * @throws AppError where there is no channel yet: `not_found` for an unknown user, `conflict` for a suspended one (no object is
 * called for either), `rate_limited` where too many were opened
 *
 * What a crash leaves on the way to a new one is harmless: notes in the hubs, which they drop when the room has no use for
 * them, and a row in the directory of a channel without a log. Whoever asks next finds both already done.
 */
export async function openDirectMessage(
  env: Env,
  actor: Actor,
  userIds: readonly string[],
): Promise<{ channel: ChannelSnapshot; made: boolean }> {
  const memberIds = directMemberIds(actor.userId, userIds);
  const id = directChannelId(memberIds);
  const existing = await findDirectMessage(env, actor, id);
  if (existing) return { channel: existing, made: false };
  await requireActiveUsers(env, memberIds);
  unwrap(await callObject(() => hubOf(env, actor.userId).spendQuota("dms")));
  const by = actor.userId;
  const facts = await Promise.all(
    memberIds.map(async (userId) =>
      unwrap(await callObject(() => hubOf(env, userId).admitAsMember(id, { by }))),
    ),
  );
  await accountDatabase(env)
    .insert(channelDirectory)
    .values({ channelId: id, createdAt: Date.now(), direct: true })
    .onConflictDoNothing();
  const channel = directChannel(memberIds, actor.userId);
  const members = facts.map((known) => ({ role: "member" as const, facts: known }));
  return unwrap(await callObject(() => roomOf(env, id).create({ channel, nameClaim: null, members })));
}

/** The hub of every member holds their direct messages: a room that it does not hold is not called. */
async function findDirectMessage(
  env: Env,
  actor: Actor,
  channelId: string,
): Promise<ChannelSnapshot | undefined> {
  const held = await callObject(() => hubOf(env, actor.userId).admittedChannels([channelId]));
  if (held.length === 0) return undefined;
  const snapshot = await callObject(() => roomOf(env, channelId).snapshot(actor));
  // Held without a channel: an earlier request died before it was made.
  if (!snapshot.ok && snapshot.problem.code === "not_found") return undefined;
  return unwrap(snapshot);
}

/** Before a hub is asked: it notes each channel that asks, and a made-up name among them would make another of each request. */
async function requireActiveUsers(env: Env, userIds: string[]): Promise<void> {
  const known = await accountDatabase(env)
    .select({ id: users.id, active: users.active })
    .from(users)
    .where(inArray(users.id, userIds));
  if (known.length < userIds.length) notFound("user");
  if (known.some(({ active }) => !active))
    reject("conflict", "The account of one of these people is suspended: they would not read it");
}
