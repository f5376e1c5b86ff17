import { and, eq, inArray } from "drizzle-orm";
import type { Actor } from "../../core/actor.ts";
import { refuse } from "../../core/app-error.ts";
import { callObject, hubOf, roomOf } from "../../core/objects.ts";
import { unwrap } from "../../core/outcome.ts";
import { accounts, channelDirectory, users } from "../../db/index.ts";
import type { ChannelSnapshot } from "../../protocol/index.ts";
import { directChannel, directChannelId, peopleOf } from "./direct.ts";

/**
 * The channel of the actor and these others, and whether it was made for this. One that is there is answered by its room
 * alone, whatever has become of the others. `not_found`: one of them is nobody, or suspended, and there is no channel yet.
 *
 * What a crash leaves on the way to a new one is harmless: notes in the hubs, which they drop when the room has no use for
 * them, and a row in the directory of a channel without a log. Whoever asks next finds both already done.
 */
export async function openDirectMessage(
  env: Env,
  actor: Actor,
  userIds: readonly string[],
): Promise<{ channel: ChannelSnapshot; made: boolean }> {
  const memberIds = peopleOf(actor.userId, userIds);
  if (memberIds.length < 2)
    refuse("validation_failed", "Name somebody else", {
      issues: [{ path: "userIds", message: "Wants others than yourself" }],
    });
  const id = directChannelId(memberIds);
  const { holdsChannel } = unwrap(
    await callObject(() => hubOf(env, actor.userId).checkWithChannel(actor.sessionId, id)),
  );
  if (!holdsChannel) await requireUsers(env, memberIds);
  const there = await callObject(() => roomOf(env, id).snapshot(actor));
  if (there.ok) return { channel: there.value, made: false };
  if (there.problem.code !== "not_found") return unwrap(there);
  await refuseIfUnknown(env, memberIds);
  const facts = await Promise.all(
    memberIds.map(async (userId) => unwrap(await callObject(() => hubOf(env, userId).factsFor(id)))),
  );
  await accounts(env)
    .insert(channelDirectory)
    .values({ channelId: id, createdAt: Date.now(), direct: true })
    .onConflictDoNothing();
  const channel = directChannel(memberIds, actor.userId);
  const members = facts.map((known) => ({ role: "member" as const, facts: known }));
  return unwrap(await callObject(() => roomOf(env, id).create({ channel, nameClaim: null, members })));
}

/** Comes before the room is called: its id follows from these ids, so that made-up ones would start a room and hubs. */
async function requireUsers(env: Env, userIds: string[]): Promise<void> {
  const known = await accounts(env).select({ id: users.id }).from(users).where(inArray(users.id, userIds));
  if (known.length < userIds.length) refuse("not_found", "No such user");
}

/** Before a hub is asked: it notes each channel that asks, and a made-up name among them would make another of each request. */
async function refuseIfUnknown(env: Env, userIds: string[]): Promise<void> {
  const known = await accounts(env)
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.id, userIds), eq(users.active, true)));
  if (known.length < userIds.length) refuse("not_found", "No such user");
}
