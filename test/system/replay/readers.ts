import type { Room } from "../../../src/client/index.ts";
import { patiently, passwordsAtOnce } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { atOnce } from "./at-once.ts";
import type { Progress } from "./progress.ts";
import type { Spoken } from "./corpus.ts";

/** What somebody said they had read, and what they were answered. */
export interface Reading {
  user: string;
  /** The root of the thread that was read; null: the channel. */
  rootId: string | null;
  seq: number;
  markUnread: boolean;
  answer: { lastReadSeq: number; unread: number; mentions?: number };
  /** How many lines had been said by then. */
  after: number;
}

type Step = Pick<Reading, "rootId" | "seq" | "markUnread">;

const oneOf = 8;
/** Some who read along are so many messages late. */
const lateBy = 30;
/** Up to how many messages from the end the others have read: around the 99 that are counted, above all. */
const unreadAtEnd = [0, 1, 2, 5, 20, 60, 97, 98, 99, 100, 101, 150, 400];

/** Who reads how: an eighth of the speakers reads along, another eighth when all is over, most never say so. */
export class Readers {
  readonly #speakers: readonly string[];
  readonly #late: Map<string, number>;

  constructor(speakers: readonly string[]) {
    this.#speakers = speakers;
    const along = speakers.filter((_, index) => index % oneOf === 0);
    this.#late = new Map(along.map((name, index) => [name, index % 2 === 0 ? 0 : lateBy]));
  }

  /** After one's own lines: the channel up to there, and the thread where the last of them is a reply. */
  async readAlong(room: Room, user: string, spoken: readonly Spoken[]): Promise<Reading[]> {
    const late = this.#late.get(user);
    const last = spoken.at(-1)?.message;
    if (late === undefined || !last) return [];
    const seq = spoken[Math.max(0, spoken.length - 1 - late)]?.message.seq ?? 0;
    const steps: Step[] = [{ rootId: null, seq, markUnread: false }];
    if (last.threadId !== null && late === 0)
      steps.push({ rootId: last.threadId, seq: last.seq, markUnread: false });
    return takeSteps(room, user, steps, spoken.length);
  }

  /** When all is said: some read up to a place, some go back to it and mark unread, some repeat themselves in vain. */
  async readUp(
    accounts: ReadonlyMap<string, Account>,
    channelId: string,
    spoken: readonly Spoken[],
    progress: Progress,
  ): Promise<Reading[]> {
    const names = this.latecomers;
    const head = spoken.at(-1)?.message.seq ?? 0;
    const readings = await atOnce(passwordsAtOnce, names, async (user, index) => {
      const back = unreadAtEnd[index % unreadAtEnd.length] ?? 0;
      const seq = spoken[Math.max(0, spoken.length - 1 - back)]?.message.seq ?? 0;
      const step = (to: number, markUnread: boolean): Step => ({ rootId: null, seq: to, markUnread });
      const kinds = [
        [step(seq, false)],
        [step(head, false), step(seq, true)],
        [step(seq, false), step(Math.max(1, seq - 10), false)],
      ];
      const room = accounts.get(user)?.client.room(channelId);
      if (!room) return [];
      try {
        return await takeSteps(room, user, kinds[index % kinds.length] ?? [], spoken.length);
      } finally {
        room.close();
        progress.advance();
      }
    });
    return readings.flat();
  }

  get latecomers(): string[] {
    return this.#speakers.filter((_, index) => index % oneOf === oneOf / 2);
  }
}

/** One after the other: each is answered from the state that the last one left. */
async function takeSteps(room: Room, user: string, steps: Step[], after: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const step of steps) {
    const place = { seq: step.seq, ...(step.markUnread && { markUnread: true as const }) };
    const { rootId } = step;
    const answer = await patiently<Reading["answer"]>(() =>
      rootId === null ? room.send("read", place) : room.send("threadRead", { messageId: rootId, ...place }),
    );
    readings.push({ user, ...step, answer, after });
  }
  return readings;
}
