import type { Actor } from "../../domain/actor.ts";
import type { ReactionFacts } from "../../domain/command-facts.ts";
import type { Prepared } from "../../domain/prepared.ts";
import { authorize, type RoomState } from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";
import { customEmojiName } from "../../text/emoji.ts";
import { isKnownEmoji } from "../emoji/index.ts";

/** Whether a reaction is not an emoji of Unicode, so that the workspace decides about it. */
export const isCustomReaction = ({ emoji }: CommandData<"reactionAdd">): boolean => emoji.startsWith(":");

/**
 * Prepares `reactionAdd` with a custom emoji. The isolate remembers emoji for a minute, so that D1 is rarely asked, and never for an emoji that
 * the message has already.
 *
 * @throws `not_found` or `forbidden` without permission; `unavailable` if D1 does not answer
 */
export async function prepareAddReaction(
  env: Env,
  room: RoomState,
  actor: Actor,
  { messageId, emoji }: CommandData<"reactionAdd">,
): Promise<Prepared<ReactionFacts>> {
  authorize(room, actor, "addReaction");
  const name = customEmojiName(emoji);
  const message = room.message(messageId);
  if (!name || !message) return { facts: { isKnownEmoji: false } };
  const isPresent = message.reactions.some((reaction) => reaction.emoji === emoji);
  return { facts: { isKnownEmoji: isPresent || (await isKnownEmoji(env, name)) } };
}
