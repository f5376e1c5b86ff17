import type { Actor, UserFacts } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { isNamed } from "../../domain/permissions.ts";
import {
  type Decision,
  withEvents,
  rejectIfArchived,
  authorize,
  type RoomState,
  noChange,
} from "../../domain/room-state.ts";
import type { CommandData, Member } from "../../protocol/index.ts";

/** Joins the actor, or adds `userId`. `facts`: what the hub of the one who comes vouches for. */
export function decideJoin(
  room: RoomState,
  actor: Actor,
  { userId = actor.userId, role = "member" }: CommandData<"memberJoin">,
  { facts }: { facts: UserFacts },
): Decision {
  const present = room.memberOrSuspended(userId);
  const joinsSelf = userId === actor.userId;
  authorize(room, actor, joinsSelf ? "joinChannel" : "addMember");
  if (present) return noChange({ member: present });
  if (role !== "member") authorize(room, actor, "appointMember", { detail: "Only an owner gives a role" });
  rejectIfArchived(room);
  if (!facts.active) reject("conflict", "This account is suspended");
  return withEvents({
    type: "memberJoin",
    data: { member: { userId, role, joinedAt: room.at } },
    projectionData: { facts },
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
    authorize(room, actor, "readChannel");
    reject("conflict", "Nobody leaves a direct or group message");
  }
  authorize(room, actor, leavesSelf ? "leaveChannel" : "removeMember");
  const member = room.memberOrSuspended(userId);
  if (!member) return noChange({});
  if (!leavesSelf && member.role !== "member")
    authorize(room, actor, "appointMember", { detail: "Only an owner removes an owner or a moderator" });
  rejectIfLastOwner(room, member, "Name another owner before the last one goes");
  return withEvents({ type: "memberLeave", data: { member } });
}

export function decideUpdateMember(
  room: RoomState,
  actor: Actor,
  { userId, role }: CommandData<"memberUpdate">,
): Decision {
  authorize(room, actor, "appointMember", { detail: "Only an owner changes roles" });
  const member = room.member(userId) ?? notFound("member");
  rejectIfArchived(room);
  if (member.role === role) return noChange({ member });
  rejectIfLastOwner(room, member, "Name another owner first");
  return withEvents({ type: "memberUpdate", data: { member: { ...member, role } } });
}

/** A suspended owner is none: who goes must leave one behind who can act. */
function rejectIfLastOwner(room: RoomState, { userId, role }: Member, detail: string): void {
  const isOneOfThem = room.member(userId) !== undefined;
  if (role === "owner" && room.ownerCount() < (isOneOfThem ? 2 : 1)) reject("conflict", detail);
}
