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
 * Asks the hub of the one who comes for their facts. The hub notes this channel first, so that no later change of the
 * account misses it. Both hubs count additions: that of the one who adds, and that of the one who is added.
 */
export async function prepareJoin(
  env: Env,
  room: RoomState,
  actor: Actor,
  { userId = actor.userId }: CommandData<"memberJoin">,
): Promise<Prepared<{ facts: UserFacts }>> {
  authorize(room, actor, userId === actor.userId ? "joinChannel" : "addMember");
  // A made-up id starts no hub.
  if (userId !== actor.userId && !(await findUser(accountDatabase(env), userId))) notFound("user");
  const isNew = room.memberOrSuspended(userId) === undefined;
  if (isNew && userId !== actor.userId)
    unwrap(await callObject(() => hubOf(env, actor.userId).spendQuota("additions")));
  const entry = isNew ? { by: actor.userId } : {};
  return {
    facts: {
      facts: unwrap(await callObject(() => hubOf(env, userId).admitAsMember(room.channel.id, entry))),
    },
  };
}
