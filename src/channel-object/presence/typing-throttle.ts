import type { Actor } from "../../domain/actor.ts";
import { notFound } from "../../errors/app-error.ts";
import { rejectIfArchived, authorize, type RoomState } from "../../domain/room-state.ts";
import { TtlMap } from "../../lib/ttl-map.ts";
import { limits } from "../../protocol/index.ts";

/** Refuses to those who could not write there: in the channel, or in the thread of `threadId`. */
export function authorizeTyping(room: RoomState, actor: Actor, threadId: string | undefined): void {
  authorize(room, actor, threadId === undefined ? "createMessage" : "createThread");
  rejectIfArchived(room);
  if (threadId === undefined) return;
  const root = room.message(threadId);
  if (!root || root.threadId !== null || (root.deletedAt !== null && root.thread === null))
    notFound("message");
}

/** Of each user, when their typing was last told: wherever in the channel, and on whichever device. */
export class TypingThrottle {
  readonly #told = new TtlMap<number>(limits.typingEveryMs);

  /** Whether it is to be told now; then it is not again for 3 s. */
  tryAcquire(userId: string, nowMs: number): boolean {
    const sinceMs = nowMs - (this.#told.get(userId) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= 0 && sinceMs < limits.typingEveryMs) return false;
    this.#told.set(userId, nowMs, nowMs);
    return true;
  }
}
