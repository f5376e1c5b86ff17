import { accountDatabase } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { notFound } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { decideEndSessions } from "./decide.ts";
import { findUsers } from "./queries.ts";

/**
 * Ends all sessions of a user and closes their sockets. May be repeated.
 *
 * @throws `not_found` for an unknown user; `forbidden` as `decideEndSessions` says; `unavailable` if D1 or the hub does not answer
 */
export async function endUserSessions(env: Env, { userId: actorId }: Actor, userId: string): Promise<void> {
  const rows = await findUsers(accountDatabase(env), [actorId, userId]);
  const actor = rows.find(({ id }) => id === actorId) ?? notFound("user");
  // Decided first with the actor in the user's place, so that others do not learn whether a user exists.
  decideEndSessions(actor, rows.find(({ id }) => id === userId) ?? actor);
  if (!rows.some(({ id }) => id === userId)) return notFound("user");
  await callObject(() => hubOf(env, userId).endSessions());
}
