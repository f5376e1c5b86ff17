import type { Actor } from "../../domain/actor.ts";
import { notFound, refuse } from "../../errors/app-error.ts";
import {
  type Decision,
  happened,
  refuseIfArchived,
  refuseIfDeleted,
  require,
  type RoomState,
  unchanged,
} from "../../domain/room-state.ts";
import { type CommandData, limits } from "../../protocol/index.ts";

export function decidePinMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messagePin">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  require(room, actor, "pinMessage");
  refuseIfArchived(room);
  refuseIfDeleted(message);
  const data = { messageId, userId: actor.userId };
  if (message.pinned) return unchanged(data);
  if (room.pinCount() >= limits.pins) refuse("conflict", `A channel holds at most ${limits.pins} pins`);
  return happened({ type: "messagePin", data });
}

export function decideUnpinMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messageUnpin">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  require(room, actor, "pinMessage");
  refuseIfArchived(room);
  const data = { messageId, userId: actor.userId };
  return message.pinned ? happened({ type: "messageUnpin", data }) : unchanged(data);
}
