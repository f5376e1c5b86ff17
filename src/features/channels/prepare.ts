import type { Actor } from "../../domain/actor.ts";
import type { Prepared } from "../../domain/prepared.ts";
import type { RoomState } from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";
import { changedChannel, type NameClaim, authorizeUpdate, reservedNameKey } from "./decide.ts";
import { claimName, releaseClaim } from "./names.ts";

/**
 * Prepares `channelUpdate`: reserves the name in D1 that the channel needs after the change. `undo` releases it if the room rejects the
 * command.
 *
 * @throws `not_found` or `forbidden` without permission; `conflict` if the channel is archived or the name is taken
 */
export async function prepareUpdateChannel(
  env: Env,
  room: RoomState,
  actor: Actor,
  change: CommandData<"channelUpdate">,
): Promise<Prepared<{ claim?: NameClaim }>> {
  authorizeUpdate(room, actor, change);
  const after = changedChannel(room.channel, change);
  const nameKey = reservedNameKey(after);
  if (after.name === null || nameKey === undefined || nameKey === reservedNameKey(room.channel))
    return { facts: {} };
  const claim = await claimName(env, room.channel.id, after.name, { currentClaim: () => room.nameClaim });
  return { facts: { claim }, undo: () => releaseClaim(env, claim) };
}
