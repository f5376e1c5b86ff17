import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type EventEnvelope,
  getMessage,
  type Message,
  type ParleyClient,
  ParleyError,
} from "../../../src/client/index.ts";

/** Messages that are kept. */
const maxMessages = 500;

/** A message that is fetched by its id: undefined while it is loading, null if it does not exist or the user may not read it. */
export type CachedMessage = Message | null | undefined;

/** Single messages outside of their channel, such as those of notifications and reminders: each is fetched once, and kept up to date. */
export class MessageCache {
  readonly #client: ParleyClient;
  /** By id; the least recently requested first. */
  readonly #messages = new Map<string, Signal<CachedMessage>>();

  constructor(client: ParleyClient) {
    this.#client = client;
  }

  /** Returns a message, and fetches it if it is not there. */
  get(channelId: string, messageId: string): ReadonlySignal<CachedMessage> {
    let message = this.#messages.get(messageId);
    if (message) this.#messages.delete(messageId);
    else {
      message = signal<CachedMessage>(undefined);
      void this.#fetch(channelId, messageId, message);
    }
    this.#messages.set(messageId, message);
    for (const [id] of this.#messages) {
      if (this.#messages.size <= maxMessages) break;
      this.#messages.delete(id);
    }
    return message;
  }

  /** Applies an event of a channel: an edited message is shown with its new text, a deleted one without. */
  apply(event: EventEnvelope): void {
    if (!("message" in event.data)) return;
    const { message } = event.data;
    const cached = this.#messages.get(message.id);
    if (cached && revOf(cached) < message.rev) cached.value = message;
  }

  async #fetch(channelId: string, messageId: string, message: Signal<CachedMessage>): Promise<void> {
    try {
      const fetched = await this.#client.call(getMessage, { params: { channelId, messageId } });
      if (revOf(message) < fetched.rev) message.value = fetched;
    } catch (error) {
      // Without a network: the next use of the page fetches it again.
      if (error instanceof ParleyError && error.retry) this.#messages.delete(messageId);
      else message.value = null;
    }
  }
}

const revOf = (message: Signal<CachedMessage>): number => message.peek()?.rev ?? 0;
