import type { Actor } from "../../domain/actor.ts";
import type { Prepared } from "../../domain/prepared.ts";
import type { RoomState } from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";
import { changedChannel, type NameClaim, authorizeUpdate, reservedNameKey } from "./decide.ts";
import { claimName, releaseClaim } from "./names.ts";

/** Reserves a name in D1: a new one, or that of a channel which comes back. Releases it if the room then rejects the command. */
export async function prepareUpdateChannel(
  env: Env,
  room: RoomState,
  actor: Actor,
  change: CommandData<"channelUpdate">,
): Promise<Prepared<{ claim?: NameClaim }>> {
  authorizeUpdate(room, actor, change);
  const after = changedChannel(room.channel, change);
  const wanted = reservedNameKey(after);
  if (after.name === null || wanted === undefined || wanted === reservedNameKey(room.channel))
    return { facts: {} };
  const claim = await claimName(env, room.channel.id, after.name, { held: () => room.nameClaim });
  return { facts: { claim }, undo: () => releaseClaim(env, claim) };
}
