import type { Actor } from "../../domain/actor.ts";
import {
  type Decision,
  memberStateChanged,
  rejectIfPastHead,
  authorize,
  type RoomState,
} from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";

/** Only forward, unless the reader marks unread. Private: no event, and nobody else hears of it. */
export function decideRead(
  room: RoomState,
  actor: Actor,
  { seq, markUnread }: CommandData<"read">,
): Decision {
  authorize(room, actor, "markRead");
  rejectIfPastHead(room, seq);
  const { userId } = actor;
  const known = room.readState(userId).lastReadSeq;
  const lastReadSeq = markUnread ? seq : Math.max(seq, known);
  const result = { lastReadSeq, ...room.unread(userId, lastReadSeq) };
  if (lastReadSeq === known) return memberStateChanged(result);
  return memberStateChanged(result, { type: "reading", userId, change: { lastReadSeq } });
}

export function decideNotificationLevel(
  room: RoomState,
  actor: Actor,
  { level }: CommandData<"notificationLevel">,
): Decision {
  authorize(room, actor, "markRead");
  const { userId } = actor;
  if (room.readState(userId).level === level) return memberStateChanged({ level });
  return memberStateChanged({ level }, { type: "reading", userId, change: { level } });
}
