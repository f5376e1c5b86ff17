import type { Actor } from "../../domain/actor.ts";
import {
  authorize,
  rejectIfArchived,
  rejectIfNoActiveRecipient,
  type RoomState,
} from "../../domain/room-state.ts";
import { invalidField } from "../../errors/app-error.ts";
import { requireBot, type WrittenExtras } from "./extras.ts";
import { rejectIfThreadEnded, requireRoot } from "./message.ts";

/** A message that a user is about to post by another way than a command, or later. */
export interface IntendedPost {
  /** Any message of the thread; absent: a message of the channel. */
  threadId?: string | undefined;
  /** The only user who is to see it. */
  recipientId?: string | undefined;
  extras?: WrittenExtras | undefined;
  /** The nonce of a message that may have been posted before. */
  nonce?: string | undefined;
}

/**
 * Checks that a user may post in the channel now. The same checks decide the command itself when it is executed.
 *
 * @returns the root message of the thread; null for a message of the channel
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission, also for fields of bots; `conflict` if the channel is archived, no
 *   recipient of a direct message is active, or the thread's root was deleted and has no reply; `validation_failed` for a `recipientId`
 *   that is not a member
 */
export function authorizePost(
  room: RoomState,
  actor: Actor,
  { threadId, recipientId, extras = {} }: IntendedPost,
): { threadId: string | null } {
  authorize(room, actor, threadId === undefined ? "createMessage" : "createThread");
  requireBot(actor.isBot, extras);
  rejectIfArchived(room);
  rejectIfNoActiveRecipient(room, actor);
  if (recipientId !== undefined && !room.member(recipientId))
    throw invalidField("userId", "Must be a member of the channel");
  if (threadId === undefined) return { threadId: null };
  const root = requireRoot(room, threadId);
  rejectIfThreadEnded(root);
  return { threadId: root.id };
}
