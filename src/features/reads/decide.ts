import type { Actor } from "../../domain/actor.ts";
import {
  type Decision,
  personally,
  refuseIfPastHead,
  require,
  type RoomState,
} from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";

/** Only forward, unless the reader marks unread. Private: no event, and nobody else hears of it. */
export function decideRead(
  room: RoomState,
  actor: Actor,
  { seq, markUnread }: CommandData<"read">,
): Decision {
  require(room, actor, "markRead");
  refuseIfPastHead(room, seq);
  const { userId } = actor;
  const known = room.reading(userId).lastReadSeq;
  const lastReadSeq = markUnread ? seq : Math.max(seq, known);
  const result = { lastReadSeq, ...room.unread(userId, lastReadSeq) };
  if (lastReadSeq === known) return personally(result);
  return personally(result, { type: "reading", userId, change: { lastReadSeq } });
}

export function decideNotificationLevel(
  room: RoomState,
  actor: Actor,
  { level }: CommandData<"notificationLevel">,
): Decision {
  require(room, actor, "markRead");
  const { userId } = actor;
  if (room.reading(userId).level === level) return personally({ level });
  return personally({ level }, { type: "reading", userId, change: { level } });
}
