import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type EventEnvelope,
  type FollowedThread,
  ParleyError,
  type Realtime,
  type ThreadRead,
} from "../../../src/client/index.ts";

/** What is known of a thread and the user. */
export interface ThreadState {
  isFollowed: boolean;
  /** The read position; 0 if the user does not follow the thread. */
  lastReadSeq: number;
  /** The number of unread replies. */
  unread: number;
}

/** Which threads the user follows and how far they have read them: of the threads that the page has shown. */
export class FollowedThreads {
  readonly #realtime: Realtime;
  readonly #userId: string;
  readonly #threads = new Map<string, Signal<ThreadState | undefined>>();
  /** Changes when the list of followed threads on the server may have changed: a reply, a follow. */
  readonly version = signal(0);

  constructor(realtime: Realtime, userId: string) {
    this.#realtime = realtime;
    this.#userId = userId;
    realtime.on("notificationCreate", ({ data }) => {
      if (data.notification.kind === "thread") this.version.value++;
    });
  }

  /** Returns what is known of a thread, by its root message; undefined until it is loaded. */
  of(rootId: string): ReadonlySignal<ThreadState | undefined> {
    return this.#signal(rootId);
  }

  /** Applies the server's list. */
  put(threads: readonly FollowedThread[]): void {
    for (const { message, lastReadSeq, unread } of threads)
      this.#signal(message.id).value = { isFollowed: true, lastReadSeq, unread };
  }

  /** Fetches whether the user follows a thread. The read position does not move: it only moves forward. */
  load = (channelId: string, rootId: string): Promise<void> => this.read(channelId, rootId, 0);

  /** Moves the read position of a thread forward. Does nothing if the user does not follow it. */
  async read(channelId: string, rootId: string, seq: number): Promise<void> {
    const thread = this.#signal(rootId);
    try {
      const read = await this.#realtime.send(channelId, "threadRead", { messageId: rootId, seq });
      thread.value = { isFollowed: true, ...pickRead(read) };
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      if (error.code !== "conflict") throw error;
      thread.value = { isFollowed: false, lastReadSeq: 0, unread: 0 };
    }
  }

  async setFollowed(channelId: string, rootId: string, following: boolean): Promise<void> {
    await this.#realtime.send(channelId, "threadFollow", { messageId: rootId, following });
    await this.load(channelId, rootId);
    this.version.value++;
  }

  /** Applies an event of a channel. */
  apply(event: EventEnvelope): void {
    if (event.type !== "threadCreate") return;
    const { threadId, authorId, seq } = event.data.message;
    if (threadId === null) return;
    const thread = this.#signal(threadId);
    const known = thread.peek();
    if (authorId === this.#userId) {
      // The author of a reply follows the thread.
      if (known && !known.isFollowed) thread.value = { isFollowed: true, lastReadSeq: seq, unread: 0 };
      this.version.value++;
    } else if (known?.isFollowed && seq > known.lastReadSeq)
      thread.value = { ...known, unread: Math.min(99, known.unread + 1) };
  }

  #signal(rootId: string): Signal<ThreadState | undefined> {
    let thread = this.#threads.get(rootId);
    if (!thread) this.#threads.set(rootId, (thread = signal<ThreadState | undefined>(undefined)));
    return thread;
  }
}

const pickRead = ({ lastReadSeq, unread }: ThreadRead): ThreadRead => ({ lastReadSeq, unread });
