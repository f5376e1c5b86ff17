import type { Actor } from "../../core/actor.ts";
import { foldKey } from "../../core/fold.ts";
import type { Prepared } from "../../core/prepare.ts";
import type { RoomState } from "../../core/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";
import { heldNameKey, type NameClaim, requireForChange } from "./decide.ts";
import { claimName, releaseClaim } from "./names.ts";

/** Reserves a name in D1: a new one, or that of a channel which comes back. Lets it go again if the room then refuses. */
export async function prepareUpdateChannel(
  env: Env,
  room: RoomState,
  actor: Actor,
  change: CommandData<"channelUpdate">,
): Promise<Prepared<{ claim?: NameClaim }>> {
  requireForChange(room, actor, change);
  const name = change.name ?? room.channel.name;
  if (name === null || foldKey(name) === heldNameKey(room)) return { facts: {} };
  const claim = await claimName(env, room.channel.id, name, { held: () => room.nameClaim });
  return { facts: { claim }, undo: () => releaseClaim(env, claim) };
}
