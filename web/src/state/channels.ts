import { batch, computed, signal } from "@preact/signals";
import {
  type Channel,
  type ChannelSnapshot,
  type EventEnvelope,
  getChannel,
  type LogPosition,
  type ParleyClient,
  type Realtime,
  type Room,
  type Unread,
} from "../../../src/client/index.ts";
import { ChannelState } from "./channel.ts";

export interface ChannelsOptions {
  client: ParleyClient;
  realtime: Realtime;
  userId: string;
  /** Called with each room once, when it is subscribed to. */
  onRoom: (room: Room, state: ChannelState) => void;
  /** Called with a channel that the user has left, or may not read any more. */
  onLeft: (channelId: string) => void;
  /** Called with each event of a channel, after the channel's own state has changed. */
  onEvent: (event: EventEnvelope, state: ChannelState) => void;
}

type ListedUnread = Unread & { channel: Channel };

/** All channels of the user. Each is subscribed to, so that counts, badges and the order of conversations are live. */
export class Channels {
  readonly #options: ChannelsOptions;
  readonly #byId = signal<ReadonlyMap<string, ChannelState>>(new Map());
  /** Whether the server's list was received; before that, the stored list of the last visit may be shown. */
  readonly isListed = signal(false);

  constructor(options: ChannelsOptions) {
    this.#options = options;
    const { realtime } = options;
    realtime.on("unreads", (items) => this.#load(items));
    realtime.on("readUpdate", ({ data }) => this.get(data.channelId)?.read(data.lastReadSeq));
    realtime.on("channelCreate", ({ data }) => void this.#fetch(data.channel.id));
    realtime.on("memberJoin", ({ data }) => void this.#fetch(data.channelId));
    realtime.on("memberLeave", ({ data }) => this.#remove(data.channelId));
  }

  /** All channels, in no particular order. */
  readonly all = computed(() => [...this.#byId.value.values()]);

  /** Channels with a name, sorted by name; archived ones are left out. */
  readonly named = computed(() =>
    this.all.value
      .filter(({ isDirect, channel }) => !isDirect.value && channel.value.archivedAt === null)
      .toSorted((one, other) => (one.channel.value.name ?? "").localeCompare(other.channel.value.name ?? "")),
  );

  /** Direct and group messages, the most recent first. */
  readonly direct = computed(() =>
    this.all.value
      .filter(({ isDirect }) => isDirect.value)
      .toSorted((one, other) => recency(other) - recency(one)),
  );

  readonly archived = computed(() =>
    this.all.value.filter(({ channel }) => channel.value.archivedAt !== null),
  );

  /** The sum of all badges, for the title and the icon. */
  readonly badge = computed(() => this.all.value.reduce((sum, { badge }) => sum + badge.value, 0));

  readonly hasUnread = computed(() => this.all.value.some(({ isUnread }) => isUnread.value));

  get(channelId: string): ChannelState | undefined {
    return this.#byId.value.get(channelId);
  }

  /** Shows the channels of the last visit until the server has answered. */
  restore(items: readonly ListedUnread[]): void {
    if (this.isListed.peek() || this.#byId.peek().size > 0) return;
    this.#byId.value = new Map(items.map((item) => [item.channelId, new ChannelState(item)]));
  }

  /** Adds a channel that a request created or joined, before its event arrives. */
  put(snapshot: ChannelSnapshot): ChannelState {
    const { seq, epoch, ...channel } = snapshot;
    const known = this.get(channel.id);
    if (known) {
      known.channel.value = channel;
      return known;
    }
    const level = channel.type === "direct" || channel.type === "group" ? "all" : "mentions";
    const counts = { lastReadSeq: seq, unread: 0, mentions: 0, level } as const;
    return this.#add({ channelId: channel.id, channel, ...counts, seq, epoch });
  }

  /** What to store for a start without a network. */
  get snapshot(): ListedUnread[] {
    return this.all.peek().map((state) => state.snapshot);
  }

  #load(items: readonly Unread[]): void {
    batch(() => {
      const listed = new Set<string>();
      for (const item of items) {
        listed.add(item.channelId);
        const known = this.get(item.channelId);
        if (known) known.load(item);
        if (known) this.#subscribe(known, item);
        else if (item.channel) this.#add({ ...item, channel: item.channel });
      }
      for (const { id, room } of this.all.peek()) {
        const current = room.peek();
        if (!listed.has(id) && !(current && isFresh(current))) this.#remove(id);
      }
      this.isListed.value = true;
    });
  }

  #add(item: ListedUnread): ChannelState {
    const state = new ChannelState(item);
    this.#byId.value = new Map([...this.#byId.peek(), [item.channelId, state]]);
    this.#subscribe(state, item);
    return state;
  }

  async #fetch(channelId: string): Promise<void> {
    if (this.get(channelId)) return;
    try {
      this.put(await this.#options.client.call(getChannel, { params: { channelId } }));
    } catch {
      // The list, which is fetched regularly, has it.
    }
  }

  #subscribe(state: ChannelState, { seq, epoch }: LogPosition): void {
    if (state.room.peek()) return;
    const { realtime, userId, onRoom, onEvent } = this.#options;
    const room = realtime.subscribe(state.id, { since: { seq, epoch } });
    state.room.value = room;
    subscribedAt.set(room, performance.now());
    room.on("event", (event) =>
      batch(() => {
        state.apply(event, userId);
        onEvent(event, state);
      }),
    );
    room.on("closed", ({ code }) => {
      if (code === "not_found" || code === "forbidden") this.#remove(state.id);
      else if (state.room.peek() === room) state.room.value = undefined;
    });
    onRoom(room, state);
  }

  #remove(channelId: string): void {
    const state = this.get(channelId);
    if (!state) return;
    const remaining = new Map(this.#byId.peek());
    remaining.delete(channelId);
    this.#byId.value = remaining;
    state.room.peek()?.close();
    this.#options.onLeft(channelId);
  }
}

/** The server's list may lag behind a channel that was just joined, by a few seconds. */
const listLagMs = 30_000;
const subscribedAt = new WeakMap<Room, number>();
const isFresh = (room: Room): boolean => performance.now() - (subscribedAt.get(room) ?? 0) < listLagMs;

const recency = ({ lastMessageAt, channel }: ChannelState): number =>
  lastMessageAt.value || Date.parse(channel.value.createdAt);
