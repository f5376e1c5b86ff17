import type { Actor, UserFacts } from "../../domain/actor.ts";
import { reject } from "../../errors/app-error.ts";
import { foldKey } from "../../text/fold-key.ts";
import {
  type Decision,
  withEvents,
  rejectIfArchived,
  authorize,
  type RoomEvent,
  type RoomState,
  noChange,
} from "../../domain/room-state.ts";
import type { Channel, ChannelRole, CommandData } from "../../protocol/index.ts";

/** A channel that is about to be: what the Worker has reserved for it. */
export interface NewChannel {
  channel: Omit<Channel, "createdAt" | "archivedAt">;
  /** Null unless the channel is public. */
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
  rejectIfClaimExpired(nameClaim, nowMs);
  return withEvents(
    {
      type: "channelCreate",
      data: { channel: { ...channel, createdAt: at, archivedAt: null } },
      ...(nameClaim && { projectionData: { claim: nameClaim.claim } }),
    },
    ...members.map(({ role, facts }): RoomEvent => ({
      type: "memberJoin",
      data: { member: { userId: facts.userId, role, joinedAt: at } },
      projectionData: { facts },
    })),
  );
}

/**
 * Whether the room is what this asks for: then it was made by the same request before, or by another of the same people. Ids of private
 * channels are random, so that only the request that made one has its id.
 */
export function isAlreadyCreated(room: RoomState, { channel, nameClaim }: NewChannel): boolean {
  if (channel.memberIds) return channel.memberIds.join() === room.channel.memberIds?.join();
  if (nameClaim) return nameClaim.claim === room.nameClaim;
  return channel.type === "private" && channel.createdBy === room.channel.createdBy;
}

/**
 * The folded name that a channel has to itself: that of a live public one. Undefined for private channels, whose names reserve nothing
 * and depend on no other channel, so that nobody learns of them by trying names.
 */
export const reservedNameKey = ({
  type,
  archivedAt,
  name,
}: Pick<Channel, "type" | "archivedAt" | "name">): string | undefined =>
  type === "public" && archivedAt === null && name !== null ? foldKey(name) : undefined;

/** The channel after this change. */
export function changedChannel(
  channel: Channel,
  { isPrivate, archived, ...rest }: CommandData<"channelUpdate">,
): Channel {
  return {
    ...channel,
    ...defined(rest),
    ...(isPrivate && { type: "private" }),
    ...(archived === false && { archivedAt: null }),
  };
}

/**
 * Changes the channel, or brings it back from the archive.
 *
 * @param claim The use of the name that it then has to itself, reserved before the command joined the queue; none where it has that name
 * already, or reserves none.
 */
export function decideUpdateChannel(
  room: RoomState,
  actor: Actor,
  change: CommandData<"channelUpdate">,
  { claim }: { claim?: NameClaim } = {},
): Decision {
  authorizeUpdate(room, actor, change);
  const channel = changedChannel(room.channel, change);
  if (JSON.stringify(channel) === JSON.stringify(room.channel)) return noChange({ channel });
  const wanted = reservedNameKey(channel);
  if (claim ? claim.nameKey !== wanted : wanted !== undefined && wanted !== reservedNameKey(room.channel))
    reject("conflict", "The channel was renamed, archived or made private meanwhile; try again");
  rejectIfClaimExpired(claim, room.nowMs);
  const released = claim || wanted === undefined ? room.nameClaim : null;
  const event: RoomEvent = { type: "channelUpdate", data: { channel } };
  if (claim || released)
    event.projectionData = {
      ...(claim && { claim: claim.claim }),
      ...(released && { releasedClaim: released }),
    };
  return withEvents(event);
}

/** Bringing a channel back is for those who may archive it; nothing else of an archived one can be changed. */
export function authorizeUpdate(
  room: RoomState,
  actor: Actor,
  { archived }: CommandData<"channelUpdate">,
): void {
  authorize(room, actor, "updateChannel");
  if (archived === undefined) return rejectIfArchived(room);
  authorize(room, actor, "archiveChannel", { detail: "Only an owner brings a channel back" });
}

/** Archives the channel: it stays readable, takes no writes, and its name is free again. People can still go and be removed. */
export function decideArchiveChannel(room: RoomState, actor: Actor): Decision {
  authorize(room, actor, "archiveChannel", { detail: "Only an owner archives a channel" });
  if (room.channel.archivedAt !== null) return noChange({ channel: room.channel });
  return withEvents({
    type: "channelDelete",
    data: { channel: { ...room.channel, archivedAt: room.at } },
    ...(room.nameClaim && { projectionData: { releasedClaim: room.nameClaim } }),
  });
}

function rejectIfClaimExpired(claim: NameClaim | null | undefined, nowMs: number): void {
  if (claim && nowMs > claim.untilMs)
    reject("unavailable", "The name was not reserved in time; try again", { retryAfterMs: 1_000 });
}

const defined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
