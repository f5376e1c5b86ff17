import type { Actor, UserFacts } from "../../core/actor.ts";
import { refuse } from "../../core/app-error.ts";
import { foldKey } from "../../core/fold.ts";
import {
  type Decision,
  happened,
  require,
  type RoomEvent,
  type RoomState,
  unchanged,
} from "../../core/room-state.ts";
import type { Channel, CommandData } from "../../protocol/index.ts";

/** A channel that is about to be: what the Worker has reserved for it. */
export interface NewChannel {
  channel: Omit<Channel, "createdAt" | "archivedAt">;
  nameClaim: NameClaim | null;
  owner: UserFacts;
}

/** A use of a name, reserved in D1. A room takes it until `untilMs`; later it may have been given to another. */
export interface NameClaim {
  claim: string;
  untilMs: number;
}

/** The first events of a log: the channel, and its creator in it. */
export function decideCreateChannel(
  { channel, nameClaim, owner }: NewChannel,
  { at, nowMs }: Pick<RoomState, "at" | "nowMs">,
): Decision {
  refuseIfLate(nameClaim, nowMs);
  return happened(
    {
      type: "channelCreate",
      data: { channel: { ...channel, createdAt: at, archivedAt: null } },
      ...(nameClaim && { forSinks: { claim: nameClaim.claim } }),
    },
    {
      type: "memberJoin",
      data: { member: { userId: owner.userId, role: "owner", joinedAt: at } },
      forSinks: { facts: owner },
    },
  );
}

/** `claim`: the use of the new name, reserved before the command joined the queue. */
export function decideUpdateChannel(
  room: RoomState,
  actor: Actor,
  change: CommandData<"channelUpdate">,
  { claim }: { claim?: NameClaim } = {},
): Decision {
  require(room, actor, "updateChannel");
  if (room.channel.archivedAt !== null) refuse("conflict", "This channel is archived");
  const { isPrivate, ...rest } = change;
  const channel: Channel = { ...room.channel, ...defined(rest), ...(isPrivate && { type: "private" }) };
  if (JSON.stringify(channel) === JSON.stringify(room.channel)) return unchanged({ channel });
  const event: RoomEvent = { type: "channelUpdate", data: { channel } };
  // It needed no claim when it was prepared, for the name was the channel's own still.
  if (!claim && foldKey(channel.name ?? "") !== foldKey(room.channel.name ?? ""))
    refuse("conflict", "The channel was renamed meanwhile");
  refuseIfLate(claim, room.nowMs);
  if (claim)
    event.forSinks = { claim: claim.claim, ...(room.nameClaim && { releasedClaim: room.nameClaim }) };
  return happened(event);
}

function refuseIfLate(claim: NameClaim | null | undefined, nowMs: number): void {
  if (claim && nowMs > claim.untilMs)
    refuse("unavailable", "The name was not reserved in time; try again", { retryAfterMs: 1_000 });
}

const defined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
