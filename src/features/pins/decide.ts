import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import {
  type Decision,
  withEvents,
  rejectIfArchived,
  rejectIfDeleted,
  authorize,
  type RoomState,
  noChange,
} from "../../domain/room-state.ts";
import { type CommandData, limits } from "../../protocol/index.ts";

export function decidePinMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messagePin">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  authorize(room, actor, "pinMessage");
  rejectIfArchived(room);
  rejectIfDeleted(message);
  const data = { messageId, userId: actor.userId };
  if (message.pinned) return noChange(data);
  if (room.pinCount() >= limits.pins) reject("conflict", `A channel holds at most ${limits.pins} pins`);
  return withEvents({ type: "messagePin", data });
}

export function decideUnpinMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messageUnpin">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  authorize(room, actor, "pinMessage");
  rejectIfArchived(room);
  const data = { messageId, userId: actor.userId };
  return message.pinned ? withEvents({ type: "messageUnpin", data }) : noChange(data);
}
