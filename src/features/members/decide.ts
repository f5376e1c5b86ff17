import type { Actor, UserFacts } from "../../domain/actor.ts";
import { notFound, refuse } from "../../errors/app-error.ts";
import { isNamed } from "../../domain/permissions.ts";
import {
  type Decision,
  happened,
  refuseIfArchived,
  require,
  type RoomState,
  unchanged,
} from "../../domain/room-state.ts";
import type { CommandData, Member } from "../../protocol/index.ts";

/** Joins the actor, or adds `userId`. `facts`: what the hub of the one who comes vouches for. */
export function decideJoin(
  room: RoomState,
  actor: Actor,
  { userId = actor.userId, role = "member" }: CommandData<"memberJoin">,
  { facts }: { facts: UserFacts },
): Decision {
  const present = room.seat(userId);
  const joinsSelf = userId === actor.userId;
  require(room, actor, joinsSelf ? "joinChannel" : "addMember");
  if (present) return unchanged({ member: present });
  if (role !== "member") require(room, actor, "appointMember", { detail: "Only an owner gives a role" });
  refuseIfArchived(room);
  if (!facts.active) refuse("conflict", "This account is suspended");
  return happened({
    type: "memberJoin",
    data: { member: { userId, role, joinedAt: room.at } },
    forSinks: { facts },
  });
}

/**
 * Leaves, or removes `userId`; twice is once, so that it can be repeated until the record has it. A channel keeps an owner.
 * Possible in an archived channel too: taking people out always is. Nobody leaves a direct or group message.
 */
export function decideLeave(
  room: RoomState,
  actor: Actor,
  { userId = actor.userId }: CommandData<"memberLeave">,
): Decision {
  const leavesSelf = userId === actor.userId;
  if (leavesSelf && !isNamed(room.channel.type)) {
    require(room, actor, "readChannel");
    refuse("conflict", "Nobody leaves a direct or group message");
  }
  require(room, actor, leavesSelf ? "leaveChannel" : "removeMember");
  const member = room.seat(userId);
  if (!member) return unchanged({});
  if (!leavesSelf && member.role !== "member")
    require(room, actor, "appointMember", { detail: "Only an owner removes an owner or a moderator" });
  refuseIfLastOwner(room, member, "Name another owner before the last one goes");
  return happened({ type: "memberLeave", data: { member } });
}

export function decideUpdateMember(
  room: RoomState,
  actor: Actor,
  { userId, role }: CommandData<"memberUpdate">,
): Decision {
  require(room, actor, "appointMember", { detail: "Only an owner changes roles" });
  const member = room.member(userId) ?? notFound("member");
  refuseIfArchived(room);
  if (member.role === role) return unchanged({ member });
  refuseIfLastOwner(room, member, "Name another owner first");
  return happened({ type: "memberUpdate", data: { member: { ...member, role } } });
}

/** A suspended owner is none: who goes must leave one behind who can act. */
function refuseIfLastOwner(room: RoomState, { userId, role }: Member, detail: string): void {
  const isOneOfThem = room.member(userId) !== undefined;
  if (role === "owner" && room.ownerCount() < (isOneOfThem ? 2 : 1)) refuse("conflict", detail);
}
