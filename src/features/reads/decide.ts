import type { Actor } from "../../domain/actor.ts";
import {
  type Decision,
  memberStateChanged,
  rejectIfPastHead,
  authorize,
  type RoomState,
} from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";

/**
 * Decides `read`, which moves the actor's read position: only forward, unless `markUnread` is set. Produces no event; only the actor's own
 * devices are informed.
 *
 * @throws `not_found` or `forbidden` without permission; `validation_failed` for a `seq` past the end of the log
 */
export function decideRead(
  room: RoomState,
  actor: Actor,
  { seq, markUnread }: CommandData<"read">,
): Decision {
  authorize(room, actor, "markRead");
  rejectIfPastHead(room, seq);
  const { userId } = actor;
  const previous = room.readState(userId).lastReadSeq;
  const lastReadSeq = markUnread ? seq : Math.max(seq, previous);
  const result = { lastReadSeq, ...room.unread(userId, lastReadSeq) };
  if (lastReadSeq === previous) return memberStateChanged(result);
  return memberStateChanged(result, { type: "readState", userId, change: { lastReadSeq } });
}

/**
 * Decides `notificationLevel`, which sets what the actor is notified of in the channel. Produces no event.
 *
 * @throws `not_found` or `forbidden` without permission
 */
export function decideNotificationLevel(
  room: RoomState,
  actor: Actor,
  { level }: CommandData<"notificationLevel">,
): Decision {
  authorize(room, actor, "markRead");
  const { userId } = actor;
  if (room.readState(userId).level === level) return memberStateChanged({ level });
  return memberStateChanged({ level }, { type: "readState", userId, change: { level } });
}
