import type { Actor, UserFacts } from "../../domain/actor.ts";
import { notFound } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import type { Prepared } from "../../domain/prepared.ts";
import { authorize, type RoomState } from "../../domain/room-state.ts";
import { accountDatabase } from "../../db/index.ts";
import { findUser } from "../users/index.ts";
import type { CommandData } from "../../protocol/index.ts";

/**
 * Prepares `memberJoin`: fetches the facts of the joining user from their hub. The hub stores the channel first, so that every later change
 * of the account reaches it. Adding another user is counted against the quotas of both users.
 *
 * @throws `not_found` or `forbidden` without permission; `not_found` for an unknown user; `rate_limited` if a quota is exhausted
 */
export async function prepareJoin(
  env: Env,
  room: RoomState,
  actor: Actor,
  { userId = actor.userId }: CommandData<"memberJoin">,
): Promise<Prepared<{ facts: UserFacts }>> {
  authorize(room, actor, userId === actor.userId ? "joinChannel" : "addMember");
  // Checked in D1, so that an invented id does not create a hub.
  if (userId !== actor.userId && !(await findUser(accountDatabase(env), userId))) notFound("user");
  const isNew = room.memberIncludingSuspended(userId) === undefined;
  if (isNew && userId !== actor.userId)
    unwrap(await callObject(() => hubOf(env, actor.userId).spendQuota("additions")));
  const entry = isNew ? { by: actor.userId } : {};
  return {
    facts: {
      facts: unwrap(await callObject(() => hubOf(env, userId).admitAsMember(room.channel.id, entry))),
    },
  };
}
