import type { Actor } from "../../domain/actor.ts";
import { notFound } from "../../errors/app-error.ts";
import { rejectIfArchived, authorize, type RoomState } from "../../domain/room-state.ts";
import { TtlMap } from "../../lib/ttl-map.ts";
import { limits } from "../../protocol/index.ts";

/**
 * Checks that a user could write where they are typing: in the channel, or in the thread of `threadId`.
 *
 * @throws `forbidden`, `not_found` or `conflict`, as writing there would
 */
export function authorizeTyping(room: RoomState, actor: Actor, threadId: string | undefined): void {
  authorize(room, actor, threadId === undefined ? "createMessage" : "createThread");
  rejectIfArchived(room);
  if (threadId === undefined) return;
  const root = room.message(threadId);
  if (!root || root.threadId !== null || (root.deletedAt !== null && root.thread === null))
    notFound("message");
}

/** Limits each user's typing signals to one every 3 s, over all threads of the channel and all devices. */
export class TypingThrottle {
  readonly #lastSentAt = new TtlMap<number>(limits.typingEveryMs);

  /** Returns whether a typing signal may be sent now, and if so starts the next 3 s. */
  tryAcquire(userId: string, nowMs: number): boolean {
    const sinceMs = nowMs - (this.#lastSentAt.get(userId) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= 0 && sinceMs < limits.typingEveryMs) return false;
    this.#lastSentAt.set(userId, nowMs, nowMs);
    return true;
  }
}
