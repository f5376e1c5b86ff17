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

/** Where a window opens: at the latest messages, or around a `seq`. */
export type WindowPlace = "end" | { around: number };

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
  #rootView: MessageView | undefined;
  #hasBefore = false;
  #hasAfter = false;
  /** Events since a request began; they are applied to its response. */
  readonly #buffers = new Set<EventEnvelope[]>();
  /** Grows with each `open`, whose response makes those of earlier requests outdated. */
  #generation = 0;
  #isLoading: "before" | "after" | null = null;
  #isOpen = false;
  readonly #stops: (() => void)[];

  constructor(room: Pick<Room, "channelId" | "on">, call: Call, options: MessageWindowOptions = {}) {
    this.#room = room;
    this.#call = call;
    this.#options = options;
    this.#view = this.#newView();
    this.#stops = [
      room.on("event", (event) => this.#receive(event)),
      room.on("reset", () => void this.open("end").catch(() => {})),
    ];
  }

  /** The loaded messages in the order of `seq`, deleted ones as tombstones. A new array after each change. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** The root message of a thread; null before it is loaded, and for a channel. */
  get root(): Message | null {
    return this.#rootView?.get(this.#options.threadId ?? "") ?? null;
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
    const generation = ++this.#generation;
    const query = place === "end" ? {} : { around: place.around };
    await this.#fetch(query, (page) => {
      if (generation !== this.#generation) return false;
      this.#view = this.#newView();
      this.#view.load(page);
      this.#hasBefore = page.hasMoreBefore;
      this.#hasAfter = page.hasMoreAfter;
      this.keep = page.hasMoreAfter ? "start" : "end";
      this.#isOpen = true;
      return true;
    });
  }

  /** Loads the page before the first message. Does nothing while one is loading. @throws ParleyError what the request throws */
  async loadBefore(): Promise<void> {
    const [first] = this.#messages;
    if (!this.#hasBefore || !first || !this.#isOpen || this.#isLoading) return;
    await this.#grow("before", { before: first.seq });
  }

  /** Loads the page after the last message. Does nothing while one is loading. @throws ParleyError what the request throws */
  async loadAfter(): Promise<void> {
    const last = this.#messages.at(-1);
    if (!this.#hasAfter || !last || !this.#isOpen || this.#isLoading) return;
    await this.#grow("after", { after: last.seq });
  }

  /** Adds a message that a response returned, such as that of the own message, before its event arrives. */
  put(message: Message): void {
    if (this.#hasAfter && !this.#view.get(message.id)) return;
    this.#view.add([message]);
    this.#changed();
  }

  /** Ends the window's subscriptions. */
  stop(): void {
    this.#generation++;
    for (const stop of this.#stops) stop();
  }

  async #grow(end: "before" | "after", query: { before: number } | { after: number }): Promise<void> {
    const generation = this.#generation;
    this.#isLoading = end;
    try {
      await this.#fetch(query, (page) => {
        if (generation !== this.#generation) return false;
        this.#view.add(page.items);
        if (end === "before") this.#hasBefore = page.hasMoreBefore;
        else this.#hasAfter = page.hasMoreAfter;
        this.keep = end === "before" ? "start" : "end";
        return true;
      });
    } finally {
      this.#isLoading = null;
    }
  }

  async #fetch(
    query: { around?: number; before?: number; after?: number },
    apply: (page: MessagePage | ThreadPage) => boolean,
  ): Promise<void> {
    const buffer: EventEnvelope[] = [];
    this.#buffers.add(buffer);
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
      if (!apply(page)) return;
      if ("root" in page) this.#loadRoot(page.root as Message);
      // Earlier events are part of the page.
      for (const event of buffer) if (event.seq > page.seq) this.#apply(event);
      this.#trim();
      this.#changed();
    } finally {
      this.#buffers.delete(buffer);
    }
  }

  #newView(): MessageView {
    const { userId, threadId } = this.#options;
    return new MessageView({
      ...(userId !== undefined && { userId }),
      ...(threadId !== undefined && { threadId }),
    });
  }

  #loadRoot(root: Message): void {
    const { userId } = this.#options;
    this.#rootView = new MessageView(userId === undefined ? {} : { userId });
    this.#rootView.load({ items: [root] });
  }

  #receive(event: EventEnvelope): void {
    for (const buffer of this.#buffers) buffer.push(event);
    this.#apply(event);
    this.#trim();
    this.#changed();
  }

  #apply(event: EventEnvelope): void {
    this.#view.apply(event, { addNew: this.#isOpen && !this.#hasAfter });
    this.#rootView?.apply(event, { addNew: false });
  }

  #trim(): void {
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
