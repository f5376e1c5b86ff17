import type { EventEnvelope } from "../protocol/events.ts";
import type { Message } from "../protocol/messages.ts";

/**
 * The messages of a channel as they stand: a snapshot, and every event since. It holds then what a fresh fetch would
 * give, whatever arrived twice or late.
 *
 * @example
 * const view = new MessageView();
 * const room = client.room(channelId, { snapshot: async () => view.load(await client.call(getChannelMessages, { params: { channelId } })) });
 * room.on("event", (event) => view.apply(event));
 */
export class MessageView {
  #messages = new Map<string, Message>();

  /** Forgets all and begins with a page of the history; gives the page back, since that says where to go on. */
  load<Page extends { items: readonly Message[] }>(page: Page): Page {
    this.#messages = new Map(page.items.map((message) => [message.id, message]));
    return page;
  }

  /** Adds a page of older messages. */
  add(messages: readonly Message[]): void {
    for (const message of messages) this.#keepNewer(message);
  }

  apply(event: EventEnvelope): void {
    if (!("message" in event.data)) return;
    const { message } = event.data;
    // A change of a message from before what was loaded says nothing about its neighbours: it comes with their page.
    if (event.type === "messageCreate" || this.#messages.has(message.id)) this.#keepNewer(message);
  }

  get(messageId: string): Message | undefined {
    return this.#messages.get(messageId);
  }

  /** In the order of the channel; deleted ones are there as tombstones. */
  list(): Message[] {
    return [...this.#messages.values()].toSorted((one, other) => one.seq - other.seq);
  }

  #keepNewer(message: Message): void {
    const known = this.#messages.get(message.id);
    if (!known || known.rev < message.rev) this.#messages.set(message.id, message);
  }
}
