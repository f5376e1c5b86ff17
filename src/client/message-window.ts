import type { Call } from "./call.ts";
import type { EventEnvelope } from "./contract/events.ts";
import { getChannelMessages } from "./contract/messages.ts";
import type { Message, MessagePage } from "./contract/messages.ts";
import { getThreadMessages } from "./contract/threads.ts";
import type { ThreadPage } from "./contract/threads.ts";
import { MessageView } from "./message-view.ts";
import type { Room } from "./room.ts";

/** Options of a `MessageWindow`. */
export interface MessageWindowOptions {
  /** The user whose reactions are marked with `me`. */
  userId?: string;
  /** Id of a thread's root: the window then shows the replies of that thread. */
  threadId?: string;
  /** Messages a request; 50 by default, at most 100. */
  pageSize?: number;
  /** How many messages are kept; 300 by default. Beyond that, messages are dropped at the end that `keep` does not name. */
  maxMessages?: number;
  /** Called after each change. */
  changed?: (window: MessageWindow) => void;
}

/** The largest position that a request may name: 15 digits. */
const maxSeq = 999_999_999_999_999;

/** Where a window opens: at the latest messages, or around a `seq`. */
export type WindowPlace = "end" | { around: number };

/** The query of a page. */
interface PageQuery {
  around?: number;
  before?: number;
  after?: number;
}

/** An event, or a message that a response returned; `seq` is the position that includes it. */
type Change = { seq: number } & (
  | { event: EventEnvelope; message?: never }
  | { message: Message; event?: never }
);

/** How many changes are remembered without a request: as many as a page that the database answers may lag behind the room. */
const maxRecent = 500;

/**
 * A contiguous part of a channel's history, or of a thread, that is kept up to date by the room's events and grows at both ends: the
 * state behind a scrolling list. While later messages are not loaded (`hasAfter`), new ones are not added, so that there is never a hole.
 *
 * @example
 * const window = new MessageWindow(room, client.call, { userId: me.id, changed: ({ messages }) => show(messages) });
 * await window.open("end");
 * if (isScrolledToTop) await window.loadBefore();
 */
export class MessageWindow {
  /** Which end is kept when the window holds too many messages: `end` while the latest are shown, `start` while older ones are. */
  keep: "start" | "end" = "end";
  readonly #room: Pick<Room, "channelId" | "on">;
  readonly #call: Call;
  readonly #options: MessageWindowOptions;
  #view: MessageView;
  #messages: readonly Message[] = [];
  /** Holds the root message of a thread. */
  #rootView: MessageView;
  #hasBefore = false;
  #hasAfter = false;
  #isOpen = false;
  /** Whether the log was replaced since the content was loaded. */
  #isStale = false;
  #isStopped = false;
  /** Up to which event the end of the content is complete. Later ones add messages; earlier ones, which a room that catches up still emits, do not. */
  #endSeq = 0;
  /** The last changes, in the order in which they arrived. Those that a response does not include yet are applied to it. */
  #recent: Change[] = [];
  #requests = 0;
  /** Grows with each `open`; the response of an earlier one is dropped. */
  #opens = 0;
  /** The content to which a page is being added. */
  #growing: MessageView | null = null;
  readonly #stops: (() => void)[];

  constructor(room: Pick<Room, "channelId" | "on">, call: Call, options: MessageWindowOptions = {}) {
    this.#room = room;
    this.#call = call;
    this.#options = options;
    this.#view = this.#newView();
    this.#rootView = this.#newView();
    this.#stops = [
      room.on("event", (event) => this.#receive(event)),
      room.on("reset", () => this.#reset()),
      room.on("state", (state) => {
        if (state === "live") this.#reopenIfStale();
      }),
    ];
  }

  /** The loaded messages in the order of `seq`, deleted ones as tombstones. A new array after each change. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** The root message of a thread; null before it is loaded, and for a channel. */
  get root(): Message | null {
    return this.#rootView.get(this.#options.threadId ?? "") ?? null;
  }

  /** Whether there are earlier messages. */
  get hasBefore(): boolean {
    return this.#hasBefore;
  }

  /** Whether there are later messages, so that the latest are not shown. */
  get hasAfter(): boolean {
    return this.#hasAfter;
  }

  /** Whether a page was loaded. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Shows messages that were stored earlier until `open` has loaded the current ones. */
  restore(messages: readonly Message[]): void {
    if (this.#isOpen) return;
    this.#view.load({ items: messages });
    this.#changed();
  }

  /** Replaces the content by the messages at a place. @throws ParleyError what the request throws; the content stays then */
  async open(place: WindowPlace): Promise<void> {
    const opening = ++this.#opens;
    await this.#fetch(this.#queryOf(place), (page) => {
      if (opening !== this.#opens) return false;
      this.#view = this.#newView();
      this.#view.load(page);
      this.#rootView = this.#newView();
      this.#hasBefore = page.hasMoreBefore;
      this.#hasAfter = page.hasMoreAfter;
      this.keep = page.hasMoreAfter ? "start" : "end";
      this.#isOpen = true;
      this.#isStale = false;
      return true;
    });
  }

  /** Loads the page before the first message. Does nothing while a page is loading. @throws ParleyError what the request throws */
  async loadBefore(): Promise<void> {
    const [first] = this.#messages;
    if (!this.#hasBefore || !first) return;
    await this.#grow("before", { before: first.seq });
  }

  /** Loads the page after the last message. Does nothing while a page is loading. @throws ParleyError what the request throws */
  async loadAfter(): Promise<void> {
    const last = this.#messages.at(-1);
    if (!this.#hasAfter || !last) return;
    await this.#grow("after", { after: last.seq });
  }

  /** Adds a message that a response returned, such as that of the own message, before its event arrives. */
  put(message: Message): void {
    this.#remember({ seq: message.rev, message });
    this.#put(message);
    this.#trim();
    this.#changed();
  }

  /** Ends the window's subscriptions. */
  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
  }

  #queryOf(place: WindowPlace): PageQuery {
    if (place !== "end") return { around: place.around };
    // Without a position, a thread begins with its first reply.
    return this.#options.threadId === undefined ? {} : { before: maxSeq };
  }

  async #grow(end: "before" | "after", query: PageQuery): Promise<void> {
    const view = this.#view;
    // What was loaded of a replaced log must not be joined with the new one.
    if (!this.#isOpen || this.#isStale || this.#growing === view) return;
    this.#growing = view;
    try {
      await this.#fetch(query, (page) => {
        if (view !== this.#view || this.#isStale) return false;
        view.add(page.items);
        if (end === "before") this.#hasBefore = page.hasMoreBefore;
        else this.#hasAfter = page.hasMoreAfter;
        this.keep = end === "before" ? "start" : "end";
        this.#growing = null;
        return true;
      });
    } finally {
      if (this.#growing === view) this.#growing = null;
    }
  }

  /** Requests a page, and applies it unless `apply` returns false because it is outdated. */
  async #fetch(query: PageQuery, apply: (page: MessagePage | ThreadPage) => boolean): Promise<void> {
    this.#requests++;
    try {
      const { threadId, pageSize = 50 } = this.#options;
      const { channelId } = this.#room;
      const limited = { ...query, limit: pageSize };
      const page =
        threadId === undefined
          ? await this.#call(getChannelMessages, { params: { channelId }, query: limited })
          : await this.#call(getThreadMessages, {
              params: { channelId, messageId: threadId },
              query: limited,
            });
      if (this.#isStopped || !apply(page)) return;
      if ("root" in page) this.#rootView.add([page.root as Message]);
      // A page without later messages is complete up to its position; what was received since then follows.
      if (!page.hasMoreAfter) this.#endSeq = page.seq;
      for (const change of this.#recent) if (change.seq > page.seq) this.#apply(change);
      this.#trim();
      this.#changed();
    } finally {
      this.#requests--;
      this.#forget();
    }
  }

  #newView(): MessageView {
    const { userId, threadId } = this.#options;
    return new MessageView({
      ...(userId !== undefined && { userId }),
      ...(threadId !== undefined && { threadId }),
    });
  }

  #receive(event: EventEnvelope): void {
    this.#remember({ seq: event.seq, event });
    this.#apply({ seq: event.seq, event });
    this.#trim();
    this.#changed();
    this.#reopenIfStale();
  }

  /** Discards what was received of a replaced log. Its messages stay visible until those of the new one are loaded. */
  #reset(): void {
    this.#isStale = true;
    this.#recent = [];
    void this.open("end").catch(() => {});
  }

  /** Repeats the request of a reset that failed. */
  #reopenIfStale(): void {
    if (this.#isStale && this.#requests === 0) void this.open("end").catch(() => {});
  }

  #apply({ seq, event, message }: Change): void {
    if (message) return this.#put(message);
    const addNew = this.#isOpen && !this.#isStale && !this.#hasAfter && seq > this.#endSeq;
    this.#view.apply(event, { addNew });
    this.#rootView.apply(event, { addNew: false });
  }

  /** Adds a message unless that would leave a hole: it is known, or lies between the loaded ones, or follows the latest one. */
  #put(message: Message): void {
    const { seq } = message;
    const messages = this.#view.list();
    const isKnown = this.#view.get(message.id) !== undefined;
    const isEarlier = this.#hasBefore && seq < (messages[0]?.seq ?? 0);
    const isLater = this.#hasAfter && seq > (messages.at(-1)?.seq ?? 0);
    if (isKnown || !(isEarlier || isLater || this.#isStale)) this.#view.add([message]);
  }

  #remember(change: Change): void {
    this.#recent.push(change);
    this.#forget();
  }

  /** Keeps all changes while a request is in progress, otherwise the last ones. */
  #forget(): void {
    if (this.#requests === 0 && this.#recent.length > 2 * maxRecent)
      this.#recent = this.#recent.slice(-maxRecent);
  }

  #trim(): void {
    // The page that is loading joins the message at the end that it extends.
    if (this.#growing === this.#view) return;
    const { maxMessages = 300 } = this.#options;
    const messages = this.#view.list();
    const extra = messages.length - maxMessages;
    if (extra <= 0) return;
    const dropped = this.keep === "end" ? messages.slice(0, extra) : messages.slice(-extra);
    for (const { id } of dropped) this.#view.remove(id);
    if (this.keep === "end") this.#hasBefore = true;
    else this.#hasAfter = true;
  }

  #changed(): void {
    this.#messages = this.#view.list();
    this.#options.changed?.(this);
  }
}
