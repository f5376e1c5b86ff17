import { limits } from "./contract/limits.ts";
import type { Room } from "./room.ts";

/** Options of a `TypingView`. */
export interface TypingViewOptions {
  /** Id of a thread's root, to observe that thread instead of the channel. */
  threadId?: string;
  /** Called with `list()` when it changes. */
  changed?: (userIds: string[]) => void;
}

/**
 * Maintains the list of users who are typing: each until their message arrives, or 5 s after their last typing signal.
 *
 * @example const typing = new TypingView(room, { changed: (userIds) => show(userIds) });
 */
export class TypingView {
  readonly #typists = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #changed: (userIds: string[]) => void;
  readonly #stops: (() => void)[];

  constructor(room: Pick<Room, "on">, { threadId, changed = () => {} }: TypingViewOptions = {}) {
    this.#changed = changed;
    const here = threadId ?? null;
    this.#stops = [
      room.on("typing", ({ data }) => data.threadId === here && this.#begin(data.userId)),
      room.on("messageCreate", ({ data }) => here === null && this.#end(data.message.authorId)),
      room.on(
        "threadCreate",
        ({ data }) => data.message.threadId === here && this.#end(data.message.authorId),
      ),
      room.on("closed", () => this.stop()),
    ];
  }

  /** Returns the ids of the users who are typing, in the order in which they began. */
  list(): string[] {
    return [...this.#typists.keys()];
  }

  /** Ends the view's subscriptions. */
  stop(): void {
    for (const stop of this.#stops) stop();
    for (const userId of this.list()) this.#end(userId);
  }

  #begin(userId: string): void {
    const isNew = !this.#typists.has(userId);
    clearTimeout(this.#typists.get(userId));
    this.#typists.set(
      userId,
      setTimeout(() => this.#end(userId), limits.typingEndsMs),
    );
    if (isNew) this.#changed(this.list());
  }

  #end(userId: string): void {
    clearTimeout(this.#typists.get(userId));
    if (this.#typists.delete(userId)) this.#changed(this.list());
  }
}
