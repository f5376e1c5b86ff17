import { computed, signal } from "@preact/signals";
import type { Channel, EventEnvelope, NotificationLevel, Room, Unread } from "../../../src/client/index.ts";

/** A channel of the user: what the list of channels shows, kept up to date by the room's events. */
export class ChannelState {
  readonly id: string;
  readonly channel;
  readonly lastReadSeq;
  readonly unread;
  readonly mentions;
  readonly level;
  /** When the last message arrived or was written, in milliseconds since 1970; 0: unknown. */
  readonly lastMessageAt = signal(0);
  /** The users who are typing in the channel. */
  readonly typing = signal<readonly string[]>([]);
  /** The subscription; undefined until the connection is made. */
  readonly room = signal<Room | undefined>(undefined);
  /** The log position that `unread` and `mentions` include. */
  #countedSeq: number;
  #epoch: string;

  constructor({
    channelId,
    channel,
    lastReadSeq,
    unread,
    mentions,
    level,
    seq,
    epoch,
  }: Unread & { channel: Channel }) {
    this.id = channelId;
    this.channel = signal(channel);
    this.lastReadSeq = signal(lastReadSeq);
    this.unread = signal(unread);
    this.mentions = signal(mentions);
    this.level = signal<NotificationLevel>(level);
    this.#countedSeq = seq;
    this.#epoch = epoch;
  }

  /** What to store for a start without a network. */
  get snapshot(): Unread & { channel: Channel } {
    return {
      channelId: this.id,
      channel: this.channel.peek(),
      lastReadSeq: this.lastReadSeq.peek(),
      unread: this.unread.peek(),
      mentions: this.mentions.peek(),
      level: this.level.peek(),
      seq: this.#countedSeq,
      epoch: this.#epoch,
    };
  }

  /** Whether it is a conversation of named users instead of a channel with a name. */
  readonly isDirect = computed(() => ["direct", "group"].includes(this.channel.value.type));

  /** Whether the list shows it in bold. */
  readonly isUnread = computed(() => this.unread.value > 0 && this.level.value !== "none");

  /** The number in the badge: of mentions, and in direct messages of all messages. */
  readonly badge = computed(() => {
    if (this.level.value === "none") return 0;
    return this.isDirect.value ? this.unread.value : this.mentions.value;
  });

  /** Applies the server's counts. Those that lag behind events that were counted here are dropped. */
  load({ channel, lastReadSeq, unread, mentions, level, seq, epoch }: Unread): void {
    if (channel) this.channel.value = channel;
    this.level.value = level;
    if (epoch === this.#epoch && seq < this.#countedSeq) return;
    this.#countedSeq = seq;
    this.#epoch = epoch;
    this.lastReadSeq.value = lastReadSeq;
    this.unread.value = unread;
    this.mentions.value = mentions;
  }

  /** Applies a read position, of this device or another. The counts are exact when everything is read; otherwise the server's follow. */
  read(lastReadSeq: number, counts?: { unread: number; mentions: number }): void {
    this.lastReadSeq.value = lastReadSeq;
    if (counts) {
      this.unread.value = counts.unread;
      this.mentions.value = counts.mentions;
    } else if (lastReadSeq >= this.#countedSeq) {
      this.unread.value = 0;
      this.mentions.value = 0;
    }
  }

  /** Counts and applies an event of the room. */
  apply(event: EventEnvelope, userId: string): void {
    if (event.seq <= this.#countedSeq) return;
    this.#countedSeq = event.seq;
    switch (event.type) {
      case "channelUpdate":
      case "channelDelete":
      case "channelCreate":
        this.channel.value = event.data.channel;
        break;
      case "messageCreate":
      case "threadCreate": {
        const { message } = event.data;
        if (message.threadId !== null && !message.alsoInChannel) break;
        this.lastMessageAt.value = Date.parse(message.createdAt);
        if (message.authorId === userId) break;
        this.unread.value = Math.min(99, this.unread.value + 1);
        if (message.mentions.includes(userId)) this.mentions.value = Math.min(99, this.mentions.value + 1);
        break;
      }
      default:
    }
  }
}
