import type { Call, EventEnvelope, Message, ParleyError, RoomEvents } from "../../../src/client/index.ts";
import { Emitter } from "../../../src/client/emitter.ts";
import { at, channelId, message } from "./message-fixture.ts";

export const rootId = "msg_1";

type PageRequest = { before?: number; after?: number; around?: number; limit: number };

/** A channel whose log the test writes, and whose responses the test delays. */
export class FakeChannel {
  readonly room = Object.assign(new Emitter<RoomEvents>(), { channelId });
  readonly messages: Message[] = [];
  head = 0;
  epoch = "e1";
  /** The requests so far: `end`, `before 5`, … */
  readonly requests: string[] = [];
  /** Whether requests wait for `answer`. */
  isHeld = false;
  readonly #held: (() => void)[] = [];
  nextError: ParleyError | undefined;
  /** By how many events the pages lag behind, as those of a database may. */
  lag = 0;
  #root: Message | undefined;

  /** Appends messages and, with `emits`, sends their events. */
  write(count: number, { emits = true } = {}): void {
    for (let written = 0; written < count; written++) {
      const created = message(++this.head, this.#root ? { threadId: rootId } : {});
      this.messages.push(created);
      if (this.#root) {
        const summary = {
          replyCount: this.messages.length,
          lastReplyAt: at,
          participantIds: ["ann"],
        };
        this.#root = { ...this.#root, rev: this.head, thread: summary };
        if (emits) this.emit("threadCreate", this.head, { message: created, thread: summary });
      } else if (emits) this.emit("messageCreate", this.head, { message: created });
    }
  }

  /** Makes the channel show the replies of a thread. */
  beginThread(): void {
    this.#root = message(++this.head, { id: rootId });
  }

  edit(seq: number, { emits = true } = {}): void {
    const at = this.messages.findIndex((each) => each.seq === seq);
    const edited = { ...(this.messages[at] as Message), rev: ++this.head, content: "edited", version: 2 };
    this.messages[at] = edited;
    if (emits) this.emit("messageUpdate", this.head, { message: edited });
  }

  emit(type: string, seq: number, data: object): void {
    this.room.emit("event", { type, channelId, seq, at, data } as EventEnvelope);
  }

  /** Replaces the log, as a restore does. */
  replaceLog(): void {
    this.epoch = "e2";
    this.messages.length = 0;
    this.head = 0;
  }

  readonly call = (async (_: unknown, { query }: { query: PageRequest }) => {
    const { before, after, around } = query;
    this.requests.push(
      before !== undefined
        ? `before ${before}`
        : after !== undefined
          ? `after ${after}`
          : around !== undefined
            ? `around ${around}`
            : "end",
    );
    const error = this.nextError;
    this.nextError = undefined;
    // The page is of the moment at which the server reads it.
    const page = this.#page(query);
    if (this.isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (error) throw error;
    return page;
  }) as unknown as Call;

  /** Answers the requests that wait, the oldest first; `at`: only one of them. */
  async answer(at?: number): Promise<void> {
    const answered = at === undefined ? this.#held.splice(0) : this.#held.splice(at, 1);
    for (const resolve of answered) resolve();
    await new Promise((resolve) => setTimeout(resolve));
  }

  #page({ before, around, limit, ...query }: PageRequest) {
    // Without a position, a thread begins with its first reply.
    const isFromStart = this.#root && before === undefined && around === undefined;
    const after = isFromStart ? (query.after ?? 0) : query.after;
    const head = this.head - this.lag;
    const all = this.messages.filter(({ seq }) => seq <= head);
    const from =
      after !== undefined
        ? all.findIndex(({ seq }) => seq > after)
        : around !== undefined
          ? Math.max(0, all.findIndex(({ seq }) => seq >= around) - Math.floor(limit / 2))
          : Math.max(0, all.filter(({ seq }) => seq < (before ?? Infinity)).length - limit);
    const start = from < 0 ? all.length : from;
    const end =
      before === undefined
        ? start + limit
        : Math.min(start + limit, all.filter(({ seq }) => seq < before).length);
    return {
      items: all.slice(start, end),
      seq: head,
      epoch: this.epoch,
      hasMoreBefore: start > 0,
      hasMoreAfter: end < all.length,
      ...(this.#root && { root: this.#root, nextCursor: null }),
    };
  }
}
