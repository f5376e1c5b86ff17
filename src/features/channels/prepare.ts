import type { Actor } from "../../core/actor.ts";
import { foldKey } from "../../core/fold.ts";
import type { Prepared } from "../../core/prepare.ts";
import { require, type RoomState } from "../../core/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";
import type { NameClaim } from "./decide.ts";
import { claimName, releaseClaim } from "./names.ts";

/** Reserves a new name in D1; lets it go again if the room then refuses. */
export async function prepareUpdateChannel(
  env: Env,
  room: RoomState,
  actor: Actor,
  { name }: CommandData<"channelUpdate">,
): Promise<Prepared<{ claim?: NameClaim }>> {
  require(room, actor, "updateChannel");
  if (name === undefined || (room.channel.name !== null && foldKey(name) === foldKey(room.channel.name)))
    return { facts: {} };
  const claim = await claimName(env, room.channel.id, name);
  return { facts: { claim }, undo: () => releaseClaim(env, claim) };
}
