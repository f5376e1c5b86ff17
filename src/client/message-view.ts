import type { EventEnvelope } from "./contract/events.ts";
import type { Message } from "./contract/messages.ts";
import type { ReactionChange } from "./contract/reactions.ts";

type Reaction = Message["reactions"][number];

export interface MessageViewOptions {
  /** The user whose reactions get `me`, which events do not have. */
  userId?: string;
  /** The root of a thread, for its replies instead of the channel's history. */
  threadId?: string;
}

/**
 * The current messages of a channel, or the replies of one thread: a snapshot and every event since. It equals a fresh fetch, also
 * when events arrived twice or late.
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

  /** Replaces the content by a page, and returns the page, which has the place to subscribe from. */
  load<Page extends { items: readonly Message[] }>(page: Page): Page {
    this.#messages = new Map(page.items.map((message) => [message.id, message]));
    return page;
  }

  /** Adds a page of older messages. */
  add(messages: readonly Message[]): void {
    for (const message of messages) this.#keepNewer(message);
  }

  apply(event: EventEnvelope): void {
    switch (event.type) {
      case "messageCreate":
      case "messageUpdate":
      case "messageDelete":
      case "threadUpdate":
        return this.#upsert(event.data.message, event.type === "messageCreate");
      case "threadCreate":
      case "threadDelete": {
        const { message, thread } = event.data;
        this.#upsert(message, event.type === "threadCreate");
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

  get(messageId: string): Message | undefined {
    return this.#messages.get(messageId);
  }

  /** All messages by `seq`, deleted ones as tombstones. */
  list(): Message[] {
    return [...this.#messages.values()].toSorted((one, other) => one.seq - other.seq);
  }

  /** A change of a message from before what was loaded says nothing about its neighbours: it comes with their page. */
  #upsert(message: Message, isNew: boolean): void {
    if ((isNew && this.#belongs(message)) || this.#messages.has(message.id)) this.#keepNewer(message);
  }

  #belongs({ threadId, alsoInChannel }: Message): boolean {
    return this.#options.threadId === undefined
      ? threadId === null || alsoInChannel === true
      : threadId === this.#options.threadId;
  }

  /** What an event bears is the same for everybody: one's own part of it is taken over. */
  #keepNewer(message: Message): void {
    const known = this.#messages.get(message.id);
    if (known && known.rev >= message.rev) return;
    const own = new Set(known?.reactions.filter(({ me }) => me).map(({ emoji }) => emoji));
    const reactions = message.reactions.map((kind) =>
      own.has(kind.emoji) && kind.me === undefined ? { ...kind, me: true } : kind,
    );
    this.#messages.set(message.id, { ...message, reactions });
  }

  #change(id: string | null, seq: number, change: (known: Message) => Partial<Message>): void {
    const known = id === null ? undefined : this.#messages.get(id);
    if (!known || known.rev >= seq) return;
    this.#messages.set(known.id, { ...known, ...change(known), rev: seq });
  }

  /** A kind stands where it first came, and goes with its last. */
  #reactions(kinds: Reaction[], { emoji, count, userId }: ReactionChange, added: boolean): Reaction[] {
    const known = kinds.find((kind) => kind.emoji === emoji);
    const me = userId === this.#options.userId ? added : known?.me;
    const changed: Reaction = { emoji, count, ...(me && { me }) };
    if (!known) return count > 0 ? [...kinds, changed] : kinds;
    return kinds.flatMap((kind) => (kind === known ? (count > 0 ? changed : []) : kind));
  }
}
