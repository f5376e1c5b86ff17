import type { Actor, UserFacts } from "../../core/actor.ts";
import { refuse } from "../../core/app-error.ts";
import { foldKey } from "../../core/fold.ts";
import {
  type Decision,
  happened,
  refuseIfArchived,
  require,
  type RoomEvent,
  type RoomState,
  unchanged,
} from "../../core/room-state.ts";
import type { Channel, ChannelRole, CommandData } from "../../protocol/index.ts";

/** A channel that is about to be: what the Worker has reserved for it. */
export interface NewChannel {
  channel: Omit<Channel, "createdAt" | "archivedAt">;
  nameClaim: NameClaim | null;
  members: { role: ChannelRole; facts: UserFacts }[];
}

/** A use of a name, reserved in D1. A room takes it until `untilMs`; later it may have been given to another. */
export interface NameClaim {
  nameKey: string;
  claim: string;
  untilMs: number;
}

/** The first events of a log: the channel, and who is in it from the beginning. */
export function decideCreateChannel(
  { channel, nameClaim, members }: NewChannel,
  { at, nowMs }: Pick<RoomState, "at" | "nowMs">,
): Decision {
  refuseIfLate(nameClaim, nowMs);
  return happened(
    {
      type: "channelCreate",
      data: { channel: { ...channel, createdAt: at, archivedAt: null } },
      ...(nameClaim && { forSinks: { claim: nameClaim.claim } }),
    },
    ...members.map(({ role, facts }): RoomEvent => ({
      type: "memberJoin",
      data: { member: { userId: facts.userId, role, joinedAt: at } },
      forSinks: { facts },
    })),
  );
}

/** Whether the room is what this asks for: then it was made by the same request before, or by another of the same people. */
export const isMadeAlready = (room: RoomState, { channel, nameClaim }: NewChannel): boolean =>
  channel.memberIds
    ? channel.memberIds.join() === room.channel.memberIds?.join()
    : nameClaim !== null && nameClaim.claim === room.nameClaim;

/**
 * Changes the channel, or brings it back from the archive. `claim`: the use of the name that it then bears, reserved before the
 * command joined the queue; none where it bears that name already.
 */
export function decideUpdateChannel(
  room: RoomState,
  actor: Actor,
  change: CommandData<"channelUpdate">,
  { claim }: { claim?: NameClaim } = {},
): Decision {
  requireForChange(room, actor, change);
  const { isPrivate, archived, ...rest } = change;
  const channel: Channel = {
    ...room.channel,
    ...defined(rest),
    ...(isPrivate && { type: "private" }),
    ...(archived === false && { archivedAt: null }),
  };
  if (JSON.stringify(channel) === JSON.stringify(room.channel)) return unchanged({ channel });
  if ((claim ? claim.nameKey : heldNameKey(room)) !== foldKey(channel.name ?? ""))
    refuse("conflict", "The channel was renamed or archived meanwhile; try again");
  refuseIfLate(claim, room.nowMs);
  const event: RoomEvent = { type: "channelUpdate", data: { channel } };
  if (claim)
    event.forSinks = { claim: claim.claim, ...(room.nameClaim && { releasedClaim: room.nameClaim }) };
  return happened(event);
}

/** Bringing a channel back is for those who may archive it; nothing else of an archived one can be changed. */
export function requireForChange(
  room: RoomState,
  actor: Actor,
  { archived }: CommandData<"channelUpdate">,
): void {
  require(room, actor, "updateChannel");
  if (archived === undefined) return refuseIfArchived(room);
  require(room, actor, "archiveChannel", { detail: "Only an owner brings a channel back" });
}

/** The name that the channel bears by right: an archived one has let its own go. */
export const heldNameKey = ({ channel }: RoomState): string | undefined =>
  channel.archivedAt === null && channel.name !== null ? foldKey(channel.name) : undefined;

/** Archives the channel: it stays readable, takes no writes, and its name is free again. People can still go and be removed. */
export function decideArchiveChannel(room: RoomState, actor: Actor): Decision {
  require(room, actor, "archiveChannel", { detail: "Only an owner archives a channel" });
  if (room.channel.archivedAt !== null) return unchanged({ channel: room.channel });
  return happened({
    type: "channelDelete",
    data: { channel: { ...room.channel, archivedAt: room.at } },
    ...(room.nameClaim && { forSinks: { releasedClaim: room.nameClaim } }),
  });
}

function refuseIfLate(claim: NameClaim | null | undefined, nowMs: number): void {
  if (claim && nowMs > claim.untilMs)
    refuse("unavailable", "The name was not reserved in time; try again", { retryAfterMs: 1_000 });
}

const defined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
