import { type Signal, signal } from "@preact/signals";
import type { Message, ParleyClient, Room } from "../../../src/client/index.ts";
import { MessageWindow, type WindowPlace } from "../../../src/client/message-window.ts";
import { paced } from "../lib/paced.ts";
import type { ChannelState } from "./channel.ts";
import type { Database } from "./database.ts";

/** Channels whose messages stay loaded and live after another was opened. */
const maxOpen = 8;
/** Messages of a channel that are stored for a start without a network. */
const maxStoredMessages = 50;
/** Channels of which messages are stored. */
const maxStoredPages = 30;
const storeDelayMs = 2_000;
/** While a channel is busy, its list is drawn this often: each time costs layout, which typing would wait for. */
const publishIntervalMs = 100;

/** A loaded part of a channel or thread, as a signal for the page. */
export interface OpenWindow {
  readonly window: MessageWindow;
  /** Changes with each change of the window, at most once in `publishIntervalMs`. */
  readonly version: Signal<number>;
  /** Why the messages could not be loaded. */
  readonly error: Signal<string | null>;
  /** Loads the messages at a place. A failure is shown as `error`. */
  open(place: WindowPlace): Promise<void>;
}

/** The channels and threads whose messages are loaded. */
export class OpenChannels {
  readonly #client: ParleyClient;
  readonly #database: Database | null;
  readonly #userId: string;
  /** By channel id, or `channel/thread`; the least recently used first. */
  readonly #open = new Map<string, { room: Room | undefined; opened: OpenWindow }>();

  constructor(client: ParleyClient, database: Database | null, userId: string) {
    this.#client = client;
    this.#database = database;
    this.#userId = userId;
  }

  /**
   * Returns the window of a channel, or of a thread, and keeps it live. While the channel is not subscribed to, as at a start without a network, it
   * shows what this device has stored.
   */
  get(state: ChannelState, threadId?: string): OpenWindow {
    const { id } = state;
    const key = threadId === undefined ? id : `${id}/${threadId}`;
    const room = state.room.value;
    let entry = this.#open.get(key);
    this.#open.delete(key);
    if (!entry || entry.room !== room) {
      const opened = this.#create(id, room, threadId);
      if (entry) opened.window.restore(entry.opened.window.messages);
      else if (threadId === undefined) void this.#restore(id, opened.window);
      entry?.opened.window.stop();
      entry = { room, opened };
    }
    this.#open.set(key, entry);
    for (const [other] of this.#open) {
      if (this.#open.size <= maxOpen) break;
      this.#close(other);
    }
    return entry.opened;
  }

  /** Shows a message that a response returned in every window that it belongs to. */
  put(message: Message): void {
    const keys = message.threadId === null || message.alsoInChannel ? [message.channelId] : [];
    if (message.threadId !== null) keys.push(`${message.channelId}/${message.threadId}`);
    for (const key of keys) this.#open.get(key)?.opened.window.put(message);
  }

  /** Deletes the stored page of a channel when one of its messages changes while it is not shown. An open window stores the change itself. */
  followChanges(room: Room, channelId: string): void {
    const forget = (): void => {
      if (!this.#open.has(channelId)) this.forget(channelId);
    };
    for (const type of ["messageUpdate", "messageDelete", "gap"] as const) room.on(type, forget);
  }

  /** Deletes the stored page of a channel. */
  forget(channelId: string): void {
    void this.#database?.delete("pages", channelId).catch(() => {});
  }

  #create(channelId: string, room: Room | undefined, threadId: string | undefined): OpenWindow {
    const version = signal(0);
    const error = signal<string | null>(null);
    let storing: ReturnType<typeof setTimeout> | undefined;
    const publish = paced(() => void version.value++, publishIntervalMs);
    const window = new MessageWindow(room ?? { channelId, on: () => () => {} }, this.#client.call, {
      userId: this.#userId,
      ...(threadId !== undefined && { threadId }),
      changed: (changed) => {
        publish();
        if (threadId === undefined && changed.isOpen && !changed.hasAfter)
          storing ??= setTimeout(() => {
            storing = undefined;
            void this.#store(channelId, window);
          }, storeDelayMs);
      },
    });
    const open = async (place: WindowPlace): Promise<void> => {
      error.value = null;
      try {
        await window.open(place);
      } catch (failure) {
        error.value = failure instanceof Error ? failure.message : String(failure);
      }
    };
    return { window, version, error, open };
  }

  #close(key: string): void {
    this.#open.get(key)?.opened.window.stop();
    this.#open.delete(key);
  }

  async #restore(channelId: string, window: MessageWindow): Promise<void> {
    const page = await this.#database?.get("pages", channelId);
    if (page) window.restore(page.messages);
  }

  async #store(channelId: string, { messages }: MessageWindow): Promise<void> {
    if (!this.#database) return;
    await this.#database.put("pages", {
      channelId,
      messages: messages.slice(-maxStoredMessages),
      storedAt: Date.now(),
    });
    const keys = await this.#database.getPageKeys();
    for (const key of keys.slice(0, Math.max(0, keys.length - maxStoredPages)))
      await this.#database.delete("pages", key);
  }
}
