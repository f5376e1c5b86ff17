import { setTimeout as sleep } from "node:timers/promises";
import {
  addMember,
  createClient,
  getChannel,
  getChannelMessages,
  getUnreads,
  markRead,
  MessageView,
  PresenceView,
  searchMessages,
  TypingView,
} from "../../src/client/index.ts";
import type {
  EventEnvelope,
  Message,
  Notification,
  ParleyClient,
  ReadState,
  Realtime,
  Room,
  Self,
  StatusChange,
} from "../../src/client/index.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { checkAnswer } from "../support/check-answer.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";

const timeoutMs = 10_000;

/** A participant of the demo: an account, one socket through a proxy that can interrupt it, and the events that it received. */
export class Participant {
  readonly name: string;
  readonly client: ParleyClient;
  /** The logged events that arrived, in the order of arrival. */
  readonly events: EventEnvelope[] = [];
  readonly proxy: FaultProxy;
  /** Random, set by `register`. */
  #password = "";
  /** Notifications that the socket received. */
  readonly #notifications: Notification[] = [];
  #view = new MessageView();
  #thread: MessageView | null = null;
  #user: Self | null = null;
  #realtime: Realtime | null = null;
  #room: Room | null = null;
  #presence: PresenceView | null = null;
  #typing: TypingView | null = null;

  private constructor(name: string, proxy: FaultProxy) {
    this.name = name;
    this.proxy = proxy;
    this.client = createClient({ url: proxy.url, checkAnswer });
  }

  /** The credentials, if this account owns the workspace, as the first account of a local server does. */
  get ownerLogin(): { username: string; password: string } | undefined {
    return this.#user?.role === "owner"
      ? { username: this.#user.username, password: this.#password }
      : undefined;
  }

  /** Registers an account; `tag` makes its username unique. */
  static async register(name: string, tag: string, url: string): Promise<Participant> {
    const person = new Participant(name, await startFaultProxy(url));
    const username = `${name.toLowerCase()}-${tag}`;
    const password = `demo-${crypto.randomUUID()}`;
    person.#password = password;
    person.#user = await person.client.register({
      email: `${username}@demo.example`,
      username,
      password,
      displayName: name,
    });
    return person;
  }

  get user(): Self {
    if (!this.#user) throw new Error(`${this.name} has not registered`);
    return this.#user;
  }

  /** This participant's view of the channel's history. */
  get view(): MessageView {
    return this.#view;
  }

  /** The view of the open thread; null before one is opened. */
  get thread(): MessageView | null {
    return this.#thread;
  }

  get room(): Room {
    if (!this.#room) throw new Error(`${this.name} is in no channel`);
    return this.#room;
  }

  async addMember(other: Participant, channelId: string): Promise<void> {
    await this.client.call(addMember, { params: { channelId }, body: { userId: other.user.id } });
  }

  /** Connects and opens the channel: a snapshot of its history, then every event since. */
  async openChannel(channelId: string): Promise<void> {
    const history = () =>
      this.client.call(getChannelMessages, { params: { channelId }, query: { limit: 100 } });
    // Shorter than the default, so that the demo does not wait up to 30 s after the connection is possible again.
    const realtime = this.client.connect({ backoff: { minMs: 200, maxMs: 1_000 } });
    realtime.on("notificationCreate", ({ data }) => this.#notifications.push(data.notification));
    this.#realtime = realtime;
    this.#view = new MessageView({ userId: this.user.id });
    const room = realtime.subscribe(channelId, { snapshot: async () => this.view.load(await history()) });
    this.#presence = new PresenceView(room);
    this.#typing = new TypingView(room);
    room.on("event", (event) => {
      this.events.push(event);
      this.view.apply(event);
      this.#thread?.apply(event);
    });
    this.#room = room;
    await room.live();
  }

  /** Opens the thread of a message that has no reply yet. */
  openThread(root: Message): void {
    this.#thread = new MessageView({ userId: this.user.id, threadId: root.id });
  }

  async send(content: string, fileIds: string[] = []): Promise<Message> {
    const files = fileIds.length > 0 && { fileIds };
    return posted(await this.room.send("messageCreate", { content, ...files }));
  }

  /** Returns the first message that a search finds; waits until the index contains one. */
  async search(q: string): Promise<Message> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
      const { items } = await this.client.call(searchMessages, { query: { q, limit: 1 } });
      if (items[0]) return items[0].message;
    }
    throw new Error(`${this.name}'s search for ${q} found nothing within ${timeoutMs / 1_000} s`);
  }

  async edit(message: Message, content: string): Promise<Message> {
    return (await this.room.send("messageUpdate", { messageId: message.id, content })).message;
  }

  async reply({ id: messageId }: Message, content: string): Promise<Message> {
    return posted(await this.room.send("threadCreate", { messageId, content }));
  }

  async react({ id: messageId }: Message, emoji: string): Promise<void> {
    await this.room.send("reactionAdd", { messageId, emoji });
  }

  /** Marks all received messages as read; returns the resulting read state. */
  async markRead(): Promise<ReadState> {
    return this.room.send("read", { seq: this.room.place?.seq ?? 0 });
  }

  /** Marks a channel as read by REST, where this participant has not opened it. */
  async markAllRead(channelId: string): Promise<void> {
    const { seq } = await this.client.call(getChannel, { params: { channelId } });
    await this.client.call(markRead, { params: { channelId }, body: { seq } });
  }

  /**
   * Returns the unread counts of a channel, once D1 contains the channel's event `seq` and this participant's read marker
   * `readSeq`, which are written in separate batches.
   */
  async unreadIn(channelId: string, seq = 0, readSeq = 0): Promise<ReadState> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
      const { items } = await this.client.call(getUnreads);
      const found = items.find((item) => item.channelId === channelId);
      if (!found || found.seq < seq || found.lastReadSeq < readSeq) continue;
      const { lastReadSeq, unread, mentions } = found;
      return { lastReadSeq, unread, mentions };
    }
    throw new Error(`${this.name}'s list of channels does not have #${seq} of ${channelId}`);
  }

  /** Waits until a channel has no unread message; returns whether that happened before the timeout. */
  async hasReadAll(channelId: string): Promise<boolean> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
      const { unread, mentions } = await this.unreadIn(channelId);
      if (unread + mentions === 0) return true;
    }
    return false;
  }

  /** Waits for the notification of a message, which the UserHub delivers after the message itself. */
  async notificationOf({ id }: Message): Promise<Notification> {
    const find = () => this.#notifications.find(({ messageId }) => messageId === id);
    return (await this.#eventually(find)) as Notification;
  }

  /** Waits until this participant's view of another one's status matches. */
  async waitForStatus({ user }: Participant, matches: (status: StatusChange) => boolean): Promise<void> {
    await this.#eventually(() => {
      const status = this.#presence?.of(user.id);
      return status && matches(status) ? status : undefined;
    });
  }

  /** Waits until this participant sees that another one is typing. */
  async waitForTyping({ user }: Participant): Promise<void> {
    await this.#eventually(() => this.#typing?.list().includes(user.id) || undefined);
  }

  async setStatus(text: string, emoji: string): Promise<void> {
    await this.#realtime?.setStatus({ custom: { text, emoji } });
  }

  /** Waits until the event `seq` has arrived. */
  waitForEvent(seq: number): Promise<void> {
    return this.#until(() => (this.room.place?.seq ?? 0) >= seq);
  }

  /** Waits until the reaction of `author` to a message has arrived. */
  waitForReaction(author: Participant, { id }: Message): Promise<void> {
    const matches = ({ type, data }: EventEnvelope): boolean =>
      type === "reactionAdd" && data.messageId === id && data.userId === author.user.id;
    return this.#until(() => this.events.some(matches));
  }

  async #until(arrived: () => boolean): Promise<void> {
    if (arrived()) return;
    await new Promise<void>((resolve) => {
      const stop = this.room.on("event", () => {
        if (!arrived()) return;
        stop();
        resolve();
      });
    });
  }

  async #eventually<T>(find: () => T | undefined): Promise<T> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(5)) {
      const found = find();
      if (found !== undefined) return found;
    }
    throw new Error(`${this.name} did not receive an expected event within ${timeoutMs / 1_000} s`);
  }

  /** Waits until the client has detected that its connection is lost. */
  async waitForOffline(): Promise<void> {
    if (this.room.state === "live") await new Promise((resolve) => this.room.on("lost", resolve));
  }

  async close(): Promise<void> {
    this.#realtime?.close();
    await this.proxy.close();
  }
}

/** Returns the message that was posted. */
function posted({ message }: { message?: Message | undefined }): Message {
  if (!message) throw new Error("The message was run as a slash command");
  return message;
}
