import type { Actor } from "../../domain/actor.ts";
import { notFound } from "../../errors/app-error.ts";
import { refuseIfArchived, require, type RoomState } from "../../domain/room-state.ts";
import { Recent } from "../../lib/ttl-map.ts";
import { limits } from "../../protocol/index.ts";

/** Refuses to those who could not write there: in the channel, or in the thread of `threadId`. */
export function requireTyping(room: RoomState, actor: Actor, threadId: string | undefined): void {
  require(room, actor, threadId === undefined ? "createMessage" : "createThread");
  refuseIfArchived(room);
  if (threadId === undefined) return;
  const root = room.message(threadId);
  if (!root || root.threadId !== null || (root.deletedAt !== null && root.thread === null))
    notFound("message");
}

/** Of each user, when their typing was last told: wherever in the channel, and on whichever device. */
export class TypingTold {
  readonly #told = new Recent<number>(limits.typingEveryMs);

  /** Whether it is to be told now; then it is not again for 3 s. */
  take(userId: string, nowMs: number): boolean {
    const sinceMs = nowMs - (this.#told.get(userId) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= 0 && sinceMs < limits.typingEveryMs) return false;
    this.#told.note(userId, nowMs, nowMs);
    return true;
  }
}
