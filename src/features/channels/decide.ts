import type { Actor, UserFacts } from "../../domain/actor.ts";
import { reject } from "../../errors/app-error.ts";
import { defined } from "../../lib/defined.ts";
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

/** A channel to be created, with what the Worker has reserved for it. */
export interface NewChannel {
  channel: Omit<Channel, "createdAt" | "archivedAt">;
  /** Null unless the channel is public. */
  nameClaim: NameClaim | null;
  members: { role: ChannelRole; facts: UserFacts }[];
}

/** A claim to a channel name, reserved in D1. A room accepts it until `untilMs`; later another channel may have claimed the name. */
export interface NameClaim {
  nameKey: string;
  claim: string;
  untilMs: number;
}

/**
 * Decides the first events of a channel's log: its creation and its initial members.
 *
 * @throws `unavailable` if the claim to the name expired
 */
export function decideCreateChannel(
  { channel, nameClaim, members }: NewChannel,
  { at, nowMs }: Pick<RoomState, "at" | "nowMs">,
): Decision {
  rejectIfClaimExpired(nameClaim, nowMs);
  return withEvents(
    {
      type: "channelCreate",
      data: { channel: { postingPolicy: "everyone", ...channel, createdAt: at, archivedAt: null } },
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
 * Whether the existing room is the requested one, so that the creation is a retry: it was created by the same request, or, for a direct or
 * group message, by another request of its members. The id of a private channel is random and known only to the request that created it.
 */
export function isAlreadyCreated(room: RoomState, { channel, nameClaim }: NewChannel): boolean {
  if (channel.memberIds) return channel.memberIds.join() === room.channel.memberIds?.join();
  if (nameClaim) return nameClaim.claim === room.nameClaim;
  return channel.type === "private" && channel.createdBy === room.channel.createdBy;
}

/**
 * The folded name that a channel reserves: only public channels that are not archived reserve their names. Names of private channels are
 * not unique, since a conflict would reveal that a private channel exists.
 */
export const reservedNameKey = ({
  type,
  archivedAt,
  name,
}: Pick<Channel, "type" | "archivedAt" | "name">): string | undefined =>
  type === "public" && archivedAt === null && name !== null ? foldKey(name) : undefined;

/** Applies a change to a channel. */
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
 * Decides `channelUpdate`, which changes the channel or restores it from the archive. Succeeds without an event if nothing changes.
 *
 * @param claim the claim to the new name, reserved before the command was queued; none if the channel has the name already or reserves none
 * @throws `not_found` or `forbidden` without permission; `conflict` if the channel is archived, or changed since the claim was made;
 *   `unavailable` if the claim expired
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
  const nameKey = reservedNameKey(channel);
  if (claim ? claim.nameKey !== nameKey : nameKey !== undefined && nameKey !== reservedNameKey(room.channel))
    reject("conflict", "The channel was renamed, archived or made private in the meantime; try again");
  rejectIfClaimExpired(claim, room.nowMs);
  const released = claim || nameKey === undefined ? room.nameClaim : null;
  const event: RoomEvent = { type: "channelUpdate", data: { channel } };
  if (claim || released)
    event.projectionData = {
      ...(claim && { claim: claim.claim }),
      ...(released && { releasedClaim: released }),
    };
  return withEvents(event);
}

/**
 * Authorizes a change of the channel. Restoring requires the permission to archive; an archived channel allows no other change.
 *
 * @throws `not_found` or `forbidden` without permission; `conflict` if the channel is archived
 */
export function authorizeUpdate(
  room: RoomState,
  actor: Actor,
  { archived }: CommandData<"channelUpdate">,
): void {
  authorize(room, actor, "updateChannel");
  if (archived === undefined) return rejectIfArchived(room);
  authorize(room, actor, "archiveChannel", { detail: "Only an owner can restore a channel" });
}

/**
 * Decides `channelDelete`, which archives the channel: it stays readable, rejects writes, and releases its name. Members can still leave
 * and be removed. Succeeds without an event if it is archived already.
 *
 * @throws `not_found` or `forbidden` without permission
 */
export function decideArchiveChannel(room: RoomState, actor: Actor): Decision {
  authorize(room, actor, "archiveChannel", { detail: "Only an owner can archive a channel" });
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
