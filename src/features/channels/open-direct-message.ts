import { inArray } from "drizzle-orm";
import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accountDatabase, channelDirectory, users } from "../../db/index.ts";
import type { ChannelSnapshot } from "../../protocol/index.ts";
import { filterKnownTo } from "../users/index.ts";
import { directChannel, directChannelId, directMemberIds } from "./direct.ts";

/**
 * Opens the direct or group message of the actor with these users, creating it if it does not exist. `made`: whether it was created. An
 * existing one, which the actor's hub has stored, is read from its room even if other members were suspended since.
 *
 * A crash during creation leaves no harm: hubs that have stored the channel drop it once its room does not exist, and the row in the
 * directory is skipped by maintenance. The next request completes the creation.
 *
 * @throws `not_found` for an unknown user and `conflict` for a suspended one, before any object of theirs is called; `rate_limited` if the
 *   actor opened too many
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
  await requireActiveUsers(env, actor, memberIds);
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
  const members = facts.map((userFacts) => ({ role: "member" as const, facts: userFacts }));
  return unwrap(await callObject(() => roomOf(env, id).create({ channel, nameClaim: null, members })));
}

/** Reads an existing direct message. The actor's hub stores all of them, so a room that it has not stored is not called. */
async function findDirectMessage(
  env: Env,
  actor: Actor,
  channelId: string,
): Promise<ChannelSnapshot | undefined> {
  const admitted = await callObject(() => hubOf(env, actor.userId).admittedChannels([channelId]));
  if (admitted.length === 0) return undefined;
  const snapshot = await callObject(() => roomOf(env, channelId).snapshot(actor));
  // The hub has stored it, but the room was not created: an earlier request failed in between.
  if (!snapshot.ok && snapshot.problem.code === "not_found") return undefined;
  return unwrap(snapshot);
}

/**
 * Checks in D1 that the users exist and are active, before any hub is called: hubs store the channel, and invented ids would create hubs.
 *
 * A guest opens direct messages only with members of their channels.
 *
 * @throws `not_found` for an unknown user, or one that the actor may not see; `conflict` for a suspended one
 */
async function requireActiveUsers(env: Env, { userId, role }: Actor, userIds: string[]): Promise<void> {
  const db = accountDatabase(env);
  if (
    !checkWorkspacePermissions("browseWorkspace", role) &&
    (await filterKnownTo(db, userId, userIds)).length < userIds.length
  )
    notFound("user");
  const found = await db
    .select({ id: users.id, active: users.active })
    .from(users)
    .where(inArray(users.id, userIds));
  if (found.length < userIds.length) notFound("user");
  if (found.some(({ active }) => !active))
    reject("conflict", "One of these users is suspended and could not read the messages");
}
