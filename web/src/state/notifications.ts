import { computed, signal } from "@preact/signals";
import {
  getNotifications,
  type Notification,
  type ParleyClient,
  readNotifications,
  type Realtime,
} from "../../../src/client/index.ts";

/** Notifications that are shown without loading more. */
const pageSize = 50;

/** The user's notifications: the latest, and the number of unread ones. */
export class Notifications {
  readonly #client: ParleyClient;
  readonly items = signal<readonly Notification[]>([]);
  readonly unread = signal(0);
  /** The number of threads with unread notifications, as far as they are loaded. */
  readonly unreadThreads = computed(() => {
    const unread = this.items.value.filter(({ kind, read }) => kind === "thread" && !read);
    return new Set(unread.map(({ threadId }) => threadId)).size;
  });
  readonly isLoaded = signal(false);
  readonly hasMore = signal(false);
  #cursor: string | null = null;

  constructor(client: ParleyClient, realtime: Realtime) {
    this.#client = client;
    realtime.on("notificationCreate", ({ data }) => {
      const { notification } = data;
      if (this.items.peek().some(({ seq }) => seq === notification.seq)) return;
      this.items.value = [notification, ...this.items.peek()];
      if (!notification.read) this.unread.value++;
    });
    realtime.on("notificationRead", ({ data: { lastReadSeq, seqs } }) => {
      const read = new Set(seqs);
      this.#change((item) =>
        item.seq <= lastReadSeq || read.has(item.seq) ? { ...item, read: true } : item,
      );
    });
    realtime.on("notificationDelete", ({ data: { seqs } }) => {
      const deleted = new Set(seqs);
      this.#change((item) => (deleted.has(item.seq) ? undefined : item));
    });
    realtime.on("reset", () => void this.load());
  }

  /** Fetches the latest notifications. */
  async load(): Promise<void> {
    try {
      const page = await this.#client.call(getNotifications, { query: { limit: pageSize } });
      this.items.value = page.items;
      this.unread.value = page.unread;
      this.#cursor = page.nextCursor;
      this.hasMore.value = page.nextCursor !== null;
      this.isLoaded.value = true;
    } catch {
      // The pane has a button that loads again.
    }
  }

  async loadMore(): Promise<void> {
    if (this.#cursor === null) return;
    const page = await this.#client.call(getNotifications, {
      query: { limit: pageSize, cursor: this.#cursor },
    });
    const known = new Set(this.items.peek().map(({ seq }) => seq));
    this.items.value = [...this.items.peek(), ...page.items.filter(({ seq }) => !known.has(seq))];
    this.#cursor = page.nextCursor;
    this.hasMore.value = page.nextCursor !== null;
  }

  /** Marks some notifications as read, or all. */
  async read(seqs?: number[]): Promise<void> {
    const { unread } = await this.#client.call(readNotifications, { body: seqs ? { seqs } : {} });
    const read = seqs && new Set(seqs);
    this.#change((item) => (!read || read.has(item.seq) ? { ...item, read: true } : item));
    this.unread.value = unread;
  }

  #change(change: (item: Notification) => Notification | undefined): void {
    const before = this.items.peek();
    this.items.value = before.flatMap((item) => change(item) ?? []);
    const unreadIn = (items: readonly Notification[]): number => items.filter(({ read }) => !read).length;
    this.unread.value = Math.max(0, this.unread.peek() + unreadIn(this.items.peek()) - unreadIn(before));
  }
}
