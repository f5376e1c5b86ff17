import type { Actor } from "../../domain/actor.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { toEmoji } from "../../text/emoji.ts";
import {
  type Decision,
  withEvents,
  rejectIfArchived,
  rejectIfDeleted,
  authorize,
  type RoomState,
  noChange,
} from "../../domain/room-state.ts";
import { type CommandData, limits, type Message } from "../../protocol/index.ts";

export function decideAddReaction(room: RoomState, actor: Actor, data: CommandData<"reactionAdd">): Decision {
  const message = room.message(data.messageId) ?? notFound("message");
  authorize(room, actor, "addReaction");
  rejectIfArchived(room);
  rejectIfDeleted(message);
  const emoji = requireEmoji(data.emoji);
  const { userId } = actor;
  const before = countOf(message, emoji);
  if (room.hasReacted(message.id, emoji, userId))
    return noChange({ messageId: message.id, emoji, userId, count: before });
  if (before === 0 && message.reactions.length >= limits.reactionKinds)
    reject("conflict", `A message bears at most ${limits.reactionKinds} kinds of reactions`);
  const count = before + 1;
  // A kind stands where it first came.
  const reactions =
    before === 0
      ? [...message.reactions, { emoji, count }]
      : message.reactions.map((kind) => (kind.emoji === emoji ? { emoji, count } : kind));
  return withEvents({
    type: "reactionAdd",
    data: { messageId: message.id, emoji, userId, count },
    projectionData: { reactions },
  });
}

export function decideRemoveReaction(
  room: RoomState,
  actor: Actor,
  data: CommandData<"reactionRemove">,
): Decision {
  const message = room.message(data.messageId) ?? notFound("message");
  authorize(room, actor, "removeReaction");
  rejectIfArchived(room);
  const emoji = requireEmoji(data.emoji);
  const { userId } = actor;
  const before = countOf(message, emoji);
  if (!room.hasReacted(message.id, emoji, userId))
    return noChange({ messageId: message.id, emoji, userId, count: before });
  const count = before - 1;
  const reactions = message.reactions.flatMap((kind) => {
    if (kind.emoji !== emoji) return kind;
    return count > 0 ? { emoji, count } : [];
  });
  return withEvents({
    type: "reactionRemove",
    data: { messageId: message.id, emoji, userId, count },
    projectionData: { reactions },
  });
}

const countOf = ({ reactions }: Message, emoji: string): number =>
  reactions.find((kind) => kind.emoji === emoji)?.count ?? 0;

function requireEmoji(text: string): string {
  const emoji = toEmoji(text);
  if (!emoji)
    throw invalidField("emoji", "Must be one emoji of Unicode's list (RGI)", "This is not one emoji");
  return emoji;
}
