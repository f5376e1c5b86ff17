import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type Draft,
  getDrafts,
  type ParleyClient,
  putDraft,
  type Realtime,
} from "../../../src/client/index.ts";
import type { Database, LocalDraft, OutgoingFile } from "./database.ts";

export const draftKey = (channelId: string, threadId: string | null): string =>
  threadId === null ? channelId : `${channelId}/${threadId}`;

/** How long after the last keystroke a draft is sent to the server, in ms. */
const syncDelayMs = 1_000;

/**
 * The texts that were typed and not sent: stored on this device with each keystroke, and on the server a second later, so that another device
 * shows them. Of two devices that write the same draft, the one that wrote last wins.
 */
export class Drafts {
  readonly #client: ParleyClient;
  readonly #database: Database | null;
  readonly #drafts = new Map<string, Signal<LocalDraft>>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #isStopped = false;
  /** The keys of all drafts with a text or files, the last changed first. */
  readonly keys = signal<readonly string[]>([]);

  constructor(client: ParleyClient, database: Database | null) {
    this.#client = client;
    this.#database = database;
  }

  /** Reads the drafts of this device. */
  async restore(): Promise<void> {
    for (const draft of (await this.#database?.getAll("drafts")) ?? []) {
      const known = this.#signal(draft.channelId, draft.threadId);
      if (known.peek().updatedAt === 0) known.value = draft;
      if (draft.isUnsynced) this.#syncLater(draft.key);
    }
    this.#listKeys();
  }

  /** Stops sending, so that no timer sends a draft with the session of the next user. Unsent drafts stay on this device. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Follows the drafts of other devices. */
  follow(realtime: Realtime): void {
    realtime.on("draftUpdate", ({ data }) => this.#receive(data.draft));
  }

  get(channelId: string, threadId: string | null): ReadonlySignal<LocalDraft> {
    return this.#signal(channelId, threadId);
  }

  setContent(channelId: string, threadId: string | null, content: string): void {
    this.#change(channelId, threadId, { content, isUnsynced: true });
    this.#syncLater(draftKey(channelId, threadId));
  }

  setFiles(channelId: string, threadId: string | null, files: OutgoingFile[]): void {
    this.#change(channelId, threadId, { files });
  }

  /** Deletes a draft, whose message is being sent. */
  clear(channelId: string, threadId: string | null): void {
    this.#change(channelId, threadId, { content: "", files: [], isUnsynced: true });
    void this.#sync(draftKey(channelId, threadId));
  }

  #change(channelId: string, threadId: string | null, change: Partial<LocalDraft>): void {
    const draft = this.#signal(channelId, threadId);
    draft.value = { ...draft.peek(), ...change, updatedAt: Date.now() };
    void this.#database?.put("drafts", draft.value);
    this.#listKeys();
  }

  #syncLater(key: string): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.#sync(key), syncDelayMs),
    );
  }

  async #sync(key: string): Promise<void> {
    if (this.#isStopped) return;
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    const draft = this.#drafts.get(key);
    if (!draft?.peek().isUnsynced) return;
    const { channelId, threadId, content, baseRev } = draft.peek();
    try {
      const { rev } = await this.#client.call(putDraft, {
        params: { channelId },
        body: { content, baseRev, ...(threadId !== null && { threadId }) },
        retry: false,
      });
      const isUnsynced = draft.peek().content !== content;
      draft.value = { ...draft.peek(), baseRev: Math.max(rev, draft.peek().baseRev), isUnsynced };
      if (isUnsynced) this.#syncLater(key);
      if (content === "" && !isUnsynced && draft.peek().files.length === 0)
        await this.#database?.delete("drafts", key);
      else await this.#database?.put("drafts", draft.peek());
    } catch {
      // It stays unsynced, and is sent with the next change or the next connection.
    }
  }

  /** Sends the drafts that the server does not have yet, and fetches those of other devices. */
  async load(): Promise<void> {
    for (const [key, draft] of this.#drafts) if (draft.peek().isUnsynced) void this.#sync(key);
    try {
      for await (const draft of this.#client.list(getDrafts, { query: { limit: 100 } })) this.#receive(draft);
    } catch {
      // The next connection fetches them again.
    }
  }

  #receive({ channelId, threadId, content, rev, updatedAt }: Draft): void {
    const draft = this.#signal(channelId, threadId);
    // What was typed here and is not stored there yet stays; the server returns the other text when it is stored.
    if (rev <= draft.peek().baseRev || draft.peek().isUnsynced) return;
    draft.value = { ...draft.peek(), content, baseRev: rev, updatedAt: Date.parse(updatedAt) };
    void this.#database?.put("drafts", draft.value);
    this.#listKeys();
  }

  #listKeys(): void {
    this.keys.value = [...this.#drafts.values()]
      .map((draft) => draft.peek())
      .filter(({ content, files }) => content.trim() !== "" || files.length > 0)
      .toSorted((one, other) => other.updatedAt - one.updatedAt)
      .map(({ key }) => key);
  }

  #signal(channelId: string, threadId: string | null): Signal<LocalDraft> {
    const key = draftKey(channelId, threadId);
    let draft = this.#drafts.get(key);
    if (!draft) {
      const empty = {
        key,
        channelId,
        threadId,
        content: "",
        files: [],
        baseRev: 0,
        isUnsynced: false,
        updatedAt: 0,
      };
      this.#drafts.set(key, (draft = signal<LocalDraft>(empty)));
    }
    return draft;
  }
}
