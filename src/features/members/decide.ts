import type { Actor, UserFacts } from "../../core/actor.ts";
import { notFound, refuse } from "../../core/app-error.ts";
import { type Decision, happened, require, type RoomState, unchanged } from "../../core/room-state.ts";
import type { ChannelRole, CommandData } from "../../protocol/index.ts";

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
  if (room.channel.archivedAt !== null) refuse("conflict", "This channel is archived");
  if (!facts.active) notFound("user");
  return happened({
    type: "memberJoin",
    data: { member: { userId, role, joinedAt: room.at } },
    forSinks: { facts },
  });
}

/** Leaves, or removes `userId`; twice is once, so that it can be repeated until the record has it. A channel keeps an owner. */
export function decideLeave(
  room: RoomState,
  actor: Actor,
  { userId = actor.userId }: CommandData<"memberLeave">,
): Decision {
  const leavesSelf = userId === actor.userId;
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
  if (room.channel.archivedAt !== null) refuse("conflict", "This channel is archived");
  if (member.role === role) return unchanged({ member });
  refuseIfLastOwner(room, member, "Name another owner first");
  return happened({ type: "memberUpdate", data: { member: { ...member, role } } });
}

function refuseIfLastOwner(room: RoomState, { role }: { role: ChannelRole }, detail: string): void {
  if (role === "owner" && room.ownerCount() < 2) refuse("conflict", detail);
}
