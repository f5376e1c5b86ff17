import type { EventEnvelope } from "./contract/events.ts";
import type { Message } from "./contract/messages.ts";
import type { ReactionChange } from "./contract/reactions.ts";

type Reaction = Message["reactions"][number];

/** Options of a `MessageView`. */
export interface MessageViewOptions {
  /** The user whose reactions are marked with `me`, which events do not carry. */
  userId?: string;
  /** Id of a thread's root: the view then holds the replies of that thread instead of the channel's history. */
  threadId?: string;
}

/**
 * Maintains the current messages of a channel, or the replies of one thread, from a snapshot and every event since. The result
 * equals a new fetch, also when events arrive twice or late.
 *
 * @example
 * const view = new MessageView({ userId: me.id });
 * const room = client.room(channelId, { snapshot: async () => view.load(await client.call(getChannelMessages, { params: { channelId } })) });
 * room.on("event", (event) => view.apply(event));
 */
export class MessageView {
  readonly #options: MessageViewOptions;
  #messages = new Map<string, Message>();

  constructor(options: MessageViewOptions = {}) {
    this.#options = options;
  }

  /**
   * Replaces the content by a page of messages.
   *
   * @returns the page, whose `seq` and `epoch` are the position to subscribe from.
   */
  load<Page extends { items: readonly Message[] }>(page: Page): Page {
    this.#messages = new Map(page.items.map((message) => [message.id, message]));
    return page;
  }

  /** Adds a page of older messages. */
  add(messages: readonly Message[]): void {
    for (const message of messages) this.#keepNewer(message);
  }

  /**
   * Applies a logged event of the channel; events of types that do not change messages are ignored.
   *
   * @param options - `addNew: false`: only changes loaded messages, for a view that does not hold the latest ones
   */
  apply(event: EventEnvelope, { addNew = true }: { addNew?: boolean } = {}): void {
    switch (event.type) {
      case "messageCreate":
      case "messageUpdate":
      case "messageDelete":
      case "threadUpdate":
        return this.#upsert(event.data.message, addNew && event.type === "messageCreate");
      case "threadCreate":
      case "threadDelete": {
        const { message, thread } = event.data;
        this.#upsert(message, addNew && event.type === "threadCreate");
        return this.#change(message.threadId, event.seq, () => ({ thread }));
      }
      case "reactionAdd":
      case "reactionRemove":
        return this.#change(event.data.messageId, event.seq, ({ reactions }) => ({
          reactions: this.#reactions(reactions, event.data, event.type === "reactionAdd"),
        }));
      case "messagePin":
      case "messageUnpin":
        return this.#change(event.data.messageId, event.seq, () => ({
          pinned: event.type === "messagePin",
        }));
      default:
    }
  }

  /** Returns a message by its id. */
  get(messageId: string): Message | undefined {
    return this.#messages.get(messageId);
  }

  /** Removes a message from the view only, for example one that is scrolled out. Later events about it are ignored. */
  remove(messageId: string): void {
    this.#messages.delete(messageId);
  }

  /** Returns all messages in the order of `seq`, deleted ones as tombstones. */
  list(): Message[] {
    return [...this.#messages.values()].toSorted((one, other) => one.seq - other.seq);
  }

  /**
   * Stores a message that is new or already loaded. A change of an older message is dropped: adding it alone would leave a hole
   * before it, and it will be loaded with its page.
   */
  #upsert(message: Message, isNew: boolean): void {
    if ((isNew && this.#belongs(message)) || this.#messages.has(message.id)) this.#keepNewer(message);
  }

  #belongs({ threadId, alsoInChannel }: Message): boolean {
    return this.#options.threadId === undefined
      ? threadId === null || alsoInChannel === true
      : threadId === this.#options.threadId;
  }

  /** Stores a message unless the stored revision is newer. Events are the same for all users, so `me` is kept from the stored one. */
  #keepNewer(message: Message): void {
    const stored = this.#messages.get(message.id);
    if (stored && stored.rev >= message.rev) return;
    const own = new Set(stored?.reactions.filter(({ me }) => me).map(({ emoji }) => emoji));
    const reactions = message.reactions.map((reaction) =>
      own.has(reaction.emoji) && reaction.me === undefined ? { ...reaction, me: true } : reaction,
    );
    this.#messages.set(message.id, { ...message, reactions });
  }

  #change(id: string | null, seq: number, change: (stored: Message) => Partial<Message>): void {
    const stored = id === null ? undefined : this.#messages.get(id);
    if (!stored || stored.rev >= seq) return;
    this.#messages.set(stored.id, { ...stored, ...change(stored), rev: seq });
  }

  /** Applies a reaction: emojis keep the order in which they were first used, and are removed at a count of 0. */
  #reactions(reactions: Reaction[], { emoji, count, userId }: ReactionChange, added: boolean): Reaction[] {
    const previous = reactions.find((reaction) => reaction.emoji === emoji);
    const me = userId === this.#options.userId ? added : previous?.me;
    const changed: Reaction = { emoji, count, ...(me && { me }) };
    if (!previous) return count > 0 ? [...reactions, changed] : reactions;
    return reactions.flatMap((reaction) => (reaction === previous ? (count > 0 ? changed : []) : reaction));
  }
}
