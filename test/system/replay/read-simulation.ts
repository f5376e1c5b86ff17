import type { Room } from "../../../src/client/index.ts";
import { withRetries, maxConcurrentLogins } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import type { Progress } from "../../../scripts/support/progress.ts";
import type { SentLine } from "./corpus.ts";

/** A read marker that a user sent, and the response. */
export interface ReadMarker {
  user: string;
  /** Id of the root of the thread that was read; null: the channel. */
  rootId: string | null;
  seq: number;
  markUnread: boolean;
  response: { lastReadSeq: number; unread: number; mentions?: number };
  /** How many messages had been sent before. */
  after: number;
}

type Step = Pick<ReadMarker, "rootId" | "seq" | "markUnread">;

/** One of this many authors reads during the conversation, another one after its end. */
const readerInterval = 8;
/** Half of the users who read during the conversation are this many messages behind. */
const lagMessages = 30;
/** How many messages stay unread after the conversation: mainly numbers around 99, the highest count that the server returns. */
const unreadAtEnd = [0, 1, 2, 5, 20, 60, 97, 98, 99, 100, 101, 150, 400];

/**
 * Decides which users send which read markers: an eighth of the authors during the conversation, another eighth after its end, the
 * others none.
 */
export class ReadSimulation {
  readonly #authors: readonly string[];
  /** How many messages behind each reader is, by name. */
  readonly #lag: Map<string, number>;

  constructor(authors: readonly string[]) {
    this.#authors = authors;
    const readers = authors.filter((_, index) => index % readerInterval === 0);
    this.#lag = new Map(readers.map((name, index) => [name, index % 2 === 0 ? 0 : lagMessages]));
  }

  /**
   * Sends the markers that a user sends after their own messages: of the channel, and of the thread if the last message is a reply.
   */
  async readAlong(room: Room, user: string, sent: readonly SentLine[]): Promise<ReadMarker[]> {
    const lag = this.#lag.get(user);
    const last = sent.at(-1)?.message;
    if (lag === undefined || !last) return [];
    const seq = sent[Math.max(0, sent.length - 1 - lag)]?.message.seq ?? 0;
    const steps: Step[] = [{ rootId: null, seq, markUnread: false }];
    if (last.threadId !== null && lag === 0)
      steps.push({ rootId: last.threadId, seq: last.seq, markUnread: false });
    return sendMarkers(room, user, steps, sent.length);
  }

  /**
   * Sends the markers after the end of the conversation. By turns, users read up to a position, read all and mark it as unread from
   * there, or send an older marker that must have no effect.
   */
  async readAtEnd(
    accounts: ReadonlyMap<string, Account>,
    channelId: string,
    sent: readonly SentLine[],
    progress: Progress,
  ): Promise<ReadMarker[]> {
    const names = this.lateReaders;
    const head = sent.at(-1)?.message.seq ?? 0;
    const markers = await inParallel(names, maxConcurrentLogins, async (user, index) => {
      const back = unreadAtEnd[index % unreadAtEnd.length] ?? 0;
      const seq = sent[Math.max(0, sent.length - 1 - back)]?.message.seq ?? 0;
      const step = (to: number, markUnread: boolean): Step => ({ rootId: null, seq: to, markUnread });
      const kinds = [
        [step(seq, false)],
        [step(head, false), step(seq, true)],
        [step(seq, false), step(Math.max(1, seq - 10), false)],
      ];
      const room = accounts.get(user)?.client.room(channelId);
      if (!room) return [];
      try {
        return await sendMarkers(room, user, kinds[index % kinds.length] ?? [], sent.length);
      } finally {
        room.close();
        progress.advance();
      }
    });
    return markers.flat();
  }

  get lateReaders(): string[] {
    return this.#authors.filter((_, index) => index % readerInterval === readerInterval / 2);
  }
}

/** Sends markers one after the other, since each response depends on the marker before. */
async function sendMarkers(room: Room, user: string, steps: Step[], after: number): Promise<ReadMarker[]> {
  const markers: ReadMarker[] = [];
  for (const step of steps) {
    const data = { seq: step.seq, ...(step.markUnread && { markUnread: true as const }) };
    const { rootId } = step;
    const answer = await withRetries<ReadMarker["response"]>(() =>
      rootId === null ? room.send("read", data) : room.send("threadRead", { messageId: rootId, ...data }),
    );
    markers.push({ user, ...step, response: answer, after });
  }
  return markers;
}
