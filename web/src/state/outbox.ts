import { signal } from "@preact/signals";
import {
  type Message,
  newNonce,
  type EphemeralMessage,
  type ParleyClient,
  ParleyError,
  type Realtime,
} from "../../../src/client/index.ts";
import { upload } from "../../../src/client/upload.ts";
import type { Database, OutgoingFile, OutgoingMessage } from "./database.ts";

/** What a composer sends. */
export interface NewMessage {
  channelId: string;
  threadId: string | null;
  alsoInChannel: boolean;
  content: string;
  files: OutgoingFile[];
}

export interface OutboxOptions {
  client: ParleyClient;
  realtime: Realtime;
  database: Database | null;
  /** Called with the message of an acknowledgement. */
  onSent: (message: Message) => void;
  /** Called with the answer of a slash command that only this user sees. */
  onEphemeral: (message: EphemeralMessage) => void;
}

/** The lock that a tab holds while it sends its own messages; messages of a tab without a lock are adopted. */
const lockName = "parley.outbox";

/**
 * The messages that the server has not acknowledged, in the order in which they were written. They are stored before they are sent, so that a
 * reload, a crash or a week without a network loses none; each has a nonce, so that none is created twice.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly messages = signal<readonly OutgoingMessage[]>([]);
  /** The share of a message's files that is uploaded, from 0 to 1, by nonce. */
  readonly progress = signal<ReadonlyMap<string, number>>(new Map());
  readonly #sending = new Set<string>();
  /** For each channel and thread: resolves when the last message so far was handed to the connection, which keeps the order. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends what an earlier visit left. Only one tab does, while it is open; a nonce protects against a second one in any case. */
  async restore(): Promise<void> {
    const stored = (await this.#options.database?.getAll("outbox")) ?? [];
    const known = new Set(this.messages.peek().map(({ nonce }) => nonce));
    const inOrder = (one: OutgoingMessage, other: OutgoingMessage): number => one.createdAt - other.createdAt;
    const added = stored.filter(({ nonce }) => !known.has(nonce)).toSorted(inOrder);
    this.messages.value = [...this.messages.peek(), ...added].toSorted(inOrder);
    const send = async (): Promise<void> => {
      await Promise.all(
        added.filter(({ state }) => state === "waiting").map((message) => this.#send(message)),
      );
    };
    if (!("locks" in navigator)) return send();
    await navigator.locks.request(lockName, { ifAvailable: true }, (lock) => (lock ? send() : undefined));
  }

  /** Stores a message and sends it as soon as possible. Resolves when it is stored. */
  async add(message: NewMessage): Promise<void> {
    const outgoing: OutgoingMessage = {
      ...message,
      nonce: newNonce(),
      // Two messages never have the same time, since it orders them.
      createdAt: Math.max(Date.now(), (this.messages.peek().at(-1)?.createdAt ?? 0) + 1),
      state: "waiting",
      error: null,
    };
    this.messages.value = [...this.messages.peek(), outgoing];
    await this.#store(outgoing);
    void this.#send(outgoing);
  }

  /** Sends a failed message again. */
  async retry(nonce: string): Promise<void> {
    const message = this.#find(nonce);
    if (!message || message.state !== "failed") return;
    void this.#send(await this.#update(nonce, { state: "waiting", error: null }));
  }

  /** Removes a message that was not sent, and returns it. */
  async discard(nonce: string): Promise<OutgoingMessage | undefined> {
    const message = this.#find(nonce);
    await this.#remove(nonce);
    return message;
  }

  async #send(outgoing: OutgoingMessage | undefined): Promise<void> {
    if (!outgoing || this.#sending.has(outgoing.nonce)) return;
    const { nonce, channelId, threadId, alsoInChannel, content } = outgoing;
    this.#sending.add(nonce);
    const place = `${channelId}/${threadId}`;
    const previous = this.#turns.get(place);
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    this.#turns.set(place, promise);
    try {
      const fileIds = await this.#upload(outgoing);
      await previous;
      const body = { content, nonce, ...(fileIds.length > 0 && { fileIds }) };
      const { realtime } = this.#options;
      const sending =
        threadId === null
          ? realtime.send(channelId, "messageCreate", body)
          : realtime.send(channelId, "threadCreate", {
              ...body,
              messageId: threadId,
              ...(alsoInChannel && { alsoInChannel }),
            });
      endTurn();
      const sent = await sending;
      if (sent.message) this.#options.onSent(sent.message);
      else if (sent.command?.ephemeral) this.#options.onEphemeral(sent.command.ephemeral);
      await this.#remove(nonce);
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      // The page or its connection ended first: the message stays in the database and is sent by the next visit.
      if (error.code === "unavailable" || error.code === "unauthenticated") return;
      await this.#update(nonce, { state: "failed", error: error.message });
    } finally {
      endTurn();
      this.#sending.delete(nonce);
    }
  }

  /** Uploads the files that are not uploaded yet, and returns the ids of all. */
  async #upload(outgoing: OutgoingMessage): Promise<string[]> {
    const { nonce } = outgoing;
    let { files } = outgoing;
    const total = files.reduce((sum, { bytes }) => sum + (bytes?.size ?? 0), 0);
    let done = 0;
    for (const [at, file] of files.entries()) {
      if (file.uploaded || !file.bytes) continue;
      const { size } = file.bytes;
      const uploaded = await upload(this.#options.client, file.bytes, {
        name: file.name,
        onProgress: ({ sentBytes }) => this.#setProgress(nonce, (done + sentBytes) / Math.max(1, total)),
      });
      done += size;
      files = files.with(at, { name: file.name, bytes: null, uploaded });
      await this.#update(nonce, { files });
    }
    this.#setProgress(nonce, undefined);
    return files.flatMap(({ uploaded }) => uploaded?.id ?? []);
  }

  #setProgress(nonce: string, share: number | undefined): void {
    const changed = new Map(this.progress.peek());
    if (share === undefined) changed.delete(nonce);
    else changed.set(nonce, share);
    this.progress.value = changed;
  }

  #find(nonce: string): OutgoingMessage | undefined {
    return this.messages.peek().find((message) => message.nonce === nonce);
  }

  async #update(nonce: string, change: Partial<OutgoingMessage>): Promise<OutgoingMessage | undefined> {
    const message = this.#find(nonce);
    if (!message) return undefined;
    const changed = { ...message, ...change };
    this.messages.value = this.messages.peek().map((each) => (each.nonce === nonce ? changed : each));
    await this.#store(changed);
    return changed;
  }

  async #store(message: OutgoingMessage): Promise<void> {
    await this.#options.database?.put("outbox", message);
  }

  async #remove(nonce: string): Promise<void> {
    this.messages.value = this.messages.peek().filter((message) => message.nonce !== nonce);
    await this.#options.database?.delete("outbox", nonce);
  }
}
