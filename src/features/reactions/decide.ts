import type { Actor } from "../../domain/actor.ts";
import type { ReactionFacts } from "../../domain/command-facts.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { customEmojiName, toReaction } from "../../text/emoji.ts";
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

/**
 * Decides `reactionAdd`. A reaction that exists already succeeds without an event. docs/commands.md lists the checks before this one.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived, the
 *   message was deleted, or it has too many different emoji; `validation_failed` for anything but one emoji, and for a custom emoji that does not exist
 * @param facts whether the workspace has the custom emoji; absent for an emoji of Unicode
 */
export function decideAddReaction(
  room: RoomState,
  actor: Actor,
  data: CommandData<"reactionAdd">,
  facts?: ReactionFacts,
): Decision {
  const message = room.message(data.messageId) ?? notFound("message");
  authorize(room, actor, "addReaction");
  rejectIfArchived(room);
  rejectIfDeleted(message);
  const emoji = requireEmoji(data.emoji);
  if (customEmojiName(emoji) !== undefined && !facts?.isKnownEmoji) rejectEmoji();
  const { userId } = actor;
  const before = countOf(message, emoji);
  if (room.hasReacted(message.id, emoji, userId))
    return noChange({ messageId: message.id, emoji, userId, count: before });
  if (before === 0 && message.reactions.length >= limits.reactionKinds)
    reject("conflict", `A message can have at most ${limits.reactionKinds} different emoji`);
  const count = before + 1;
  // An emoji keeps the position of its first use.
  const reactions =
    before === 0
      ? [...message.reactions, { emoji, count }]
      : message.reactions.map((reaction) => (reaction.emoji === emoji ? { emoji, count } : reaction));
  return withEvents({
    type: "reactionAdd",
    data: { messageId: message.id, emoji, userId, count },
    projectionData: { reactions },
  });
}

/**
 * Decides `reactionRemove`. Without such a reaction it succeeds without an event.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived;
 *   `validation_failed` for anything but one emoji
 */
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
  const reactions = message.reactions.flatMap((reaction) => {
    if (reaction.emoji !== emoji) return reaction;
    return count > 0 ? { emoji, count } : [];
  });
  return withEvents({
    type: "reactionRemove",
    data: { messageId: message.id, emoji, userId, count },
    projectionData: { reactions },
  });
}

/** The number of users who reacted to the message with this emoji. */
const countOf = ({ reactions }: Message, emoji: string): number =>
  reactions.find((reaction) => reaction.emoji === emoji)?.count ?? 0;

const requireEmoji = (text: string): string => toReaction(text) ?? rejectEmoji();

function rejectEmoji(): never {
  throw invalidField(
    "emoji",
    "Must be one emoji of Unicode's list (RGI), or `:name:` of a custom emoji of this workspace",
    "This is not one emoji",
  );
}
