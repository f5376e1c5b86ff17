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

/**
 * Decides `messagePin`. Pinning a pinned message succeeds without an event.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived, the
 *   message was deleted, or the channel has the maximum number of pins
 */
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
  if (room.pinCount() >= limits.pins)
    reject("conflict", `A channel can have at most ${limits.pins} pins; unpin another message first`);
  return withEvents({ type: "messagePin", data });
}

/**
 * Decides `messageUnpin`. Unpinning a message that is not pinned succeeds without an event.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived
 */
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
