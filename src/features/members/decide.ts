import type { Actor, UserFacts } from "../../domain/actor.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { isNamed } from "../../domain/permissions.ts";
import {
  type Decision,
  withEvents,
  rejectIfArchived,
  authorize,
  requireHigherRank,
  type RoomState,
  noChange,
} from "../../domain/room-state.ts";
import type { CommandData, Member } from "../../protocol/index.ts";

/**
 * Decides `memberJoin`: the actor joins, or adds `userId`. Succeeds without an event if the user is a member already.
 *
 * @param facts the facts of the joining user's account, from their hub
 * @throws `not_found` or `forbidden` without permission; `conflict` if the channel is archived, the account is suspended, or a guest would get
 *   another role than `member`
 */
export function decideJoin(
  room: RoomState,
  actor: Actor,
  { userId = actor.userId, role = "member" }: CommandData<"memberJoin">,
  { facts }: { facts: UserFacts },
): Decision {
  const present = room.memberIncludingSuspended(userId);
  const joinsSelf = userId === actor.userId;
  authorize(room, actor, joinsSelf ? "joinChannel" : "addMember");
  if (present) return noChange({ member: present });
  if (role !== "member")
    authorize(room, actor, "appointMember", {
      detail: "Only an owner can assign the role owner or moderator",
    });
  rejectIfArchived(room);
  if (!facts.active) reject("conflict", "The account is suspended");
  if (facts.role === "guest" && role !== "member") rejectGuestRole();
  const mute = room.mute(userId);
  return withEvents({
    type: "memberJoin",
    data: { member: { userId, role, joinedAt: room.at, ...(mute && { mute }) } },
    projectionData: { facts },
  });
}

/**
 * Decides `memberLeave`: the actor leaves, or removes `userId`. Succeeds without an event if the user is not a member, so that it can be
 * repeated until the projections have applied it. Also allowed in archived channels: access can always be revoked.
 *
 * @throws `not_found` or `forbidden` without permission; `conflict` for the last active owner, and in direct and group messages, which
 *   cannot be left
 */
export function decideLeave(
  room: RoomState,
  actor: Actor,
  { userId = actor.userId }: CommandData<"memberLeave">,
): Decision {
  const leavesSelf = userId === actor.userId;
  if (leavesSelf && !isNamed(room.channel.type)) {
    authorize(room, actor, "readChannel");
    reject("conflict", "A direct or group message cannot be left");
  }
  authorize(room, actor, leavesSelf ? "leaveChannel" : "removeMember");
  const member = room.memberIncludingSuspended(userId);
  if (!member) return noChange({});
  if (!leavesSelf && member.role !== "member")
    authorize(room, actor, "appointMember", { detail: "Only an owner can remove an owner or a moderator" });
  rejectIfLastOwner(
    room,
    member,
    "The last owner cannot leave or be removed; make another member an owner first",
  );
  return withEvents({ type: "memberLeave", data: { member } });
}

/**
 * Decides `memberUpdate`, the change of a member's role.
 *
 * @throws `not_found` or `forbidden` without permission; `not_found` for a user who is not an active member; `conflict` if the channel is
 *   archived, for the last active owner, and for a guest
 */
export function decideUpdateMember(
  room: RoomState,
  actor: Actor,
  { userId, role }: CommandData<"memberUpdate">,
): Decision {
  authorize(room, actor, "appointMember", { detail: "Only an owner can change roles" });
  const member = room.member(userId) ?? notFound("member");
  rejectIfArchived(room);
  if (member.role === role) return noChange({ member });
  if (role !== "member" && room.workspaceRole(userId) === "guest") rejectGuestRole();
  rejectIfLastOwner(room, member, "The last owner must keep the role; make another member an owner first");
  return withEvents({ type: "memberUpdate", data: { member: { ...member, role } } });
}

/**
 * Decides `memberMute`. A mute with the same end succeeds without an event; another end replaces the earlier one.
 *
 * @throws `not_found` or `forbidden` without permission; `not_found` for a user who is not a member; `conflict` if the channel is archived;
 *   `forbidden` for a member of the same rank or a higher one; `validation_failed` if `until` is not in the future
 */
export function decideMute(
  room: RoomState,
  actor: Actor,
  { userId, until = null }: CommandData<"memberMute">,
): Decision {
  const member = requireMuteable(room, actor, userId);
  if (until !== null && Date.parse(until) <= room.nowMs) throw invalidField("until", "Must be in the future");
  if (member.mute?.until === until) return noChange({ member });
  return withEvents({ type: "memberMute", data: { member: { ...member, mute: { until } } } });
}

/**
 * Decides `memberUnmute`. Succeeds without an event if the member is not muted.
 *
 * @throws as `decideMute`
 */
export function decideUnmute(
  room: RoomState,
  actor: Actor,
  { userId }: CommandData<"memberUnmute">,
): Decision {
  const { mute, ...member } = requireMuteable(room, actor, userId);
  return mute ? withEvents({ type: "memberUnmute", data: { member } }) : noChange({ member });
}

function requireMuteable(room: RoomState, actor: Actor, userId: string): Member {
  authorize(room, actor, "muteMember", { detail: "Only a moderator can mute members" });
  const member = room.memberIncludingSuspended(userId) ?? notFound("member");
  rejectIfArchived(room);
  requireHigherRank(room, actor, member);
  return member;
}

const rejectGuestRole = (): never =>
  reject("conflict", "A guest of the workspace can only have the role member");

/**
 * A channel keeps at least one active owner; suspended owners, and those who became guests of the workspace, do not count.
 *
 * @throws `conflict` if the member is an owner and no other active owner would remain
 */
function rejectIfLastOwner(room: RoomState, { userId, role }: Member, detail: string): void {
  const counts = room.member(userId) !== undefined && room.workspaceRole(userId) !== "guest";
  if (role === "owner" && room.ownerCount() < (counts ? 2 : 1)) reject("conflict", detail);
}
