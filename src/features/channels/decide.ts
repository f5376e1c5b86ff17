import type { Actor, UserFacts } from "../../core/actor.ts";
import { refuse } from "../../core/app-error.ts";
import { type Decision, happened, require, type RoomEvent, type RoomState, unchanged } from "../../core/room-state.ts";
import type { Channel, CommandData } from "../../protocol/index.ts";

/** A channel that is about to be: what the Worker has reserved for it. */
export interface NewChannel {
  channel: Omit<Channel, "createdAt" | "archivedAt">;
  nameClaim: string | null;
  owner: UserFacts;
}

/** The first events of a log: the channel, and its creator in it. */
export function decideCreateChannel({ channel, nameClaim, owner }: NewChannel, at: string): Decision {
  return happened(
    {
      type: "channelCreate",
      data: { channel: { ...channel, createdAt: at, archivedAt: null } },
      ...(nameClaim && { forSinks: { claim: nameClaim } }),
    },
    { type: "memberJoin", data: { member: { userId: owner.userId, role: "owner", joinedAt: at } }, forSinks: { facts: owner } },
  );
}

/** `claim`: the use of the new name, reserved before the command joined the queue. */
export function decideUpdateChannel(room: RoomState, actor: Actor, change: CommandData<"channelUpdate">, { claim }: { claim?: string } = {}): Decision {
  require(room, actor, "updateChannel");
  if (room.channel.archivedAt !== null) refuse("conflict", "This channel is archived");
  const { isPrivate, ...rest } = change;
  const channel: Channel = { ...room.channel, ...defined(rest), ...(isPrivate && { type: "private" }) };
  if (JSON.stringify(channel) === JSON.stringify(room.channel)) return unchanged({ channel });
  const event: RoomEvent = { type: "channelUpdate", data: { channel } };
  if (claim) event.forSinks = { claim, ...(room.nameClaim && { releasedClaim: room.nameClaim }) };
  return happened(event);
}

const defined = <T extends object>(fields: T): Partial<T> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
