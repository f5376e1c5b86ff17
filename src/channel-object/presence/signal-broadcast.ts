import type { UserStatus } from "../../domain/actor.ts";
import type { SocketRegistry } from "../../durable/socket-registry.ts";
import { limits, type SignalEnvelope } from "../../protocol/index.ts";
import type { Subscriber, SubscriberConnection } from "../sockets/subscriber.ts";
import { isSame, notableStatus, type Presence, type PresenceObserver, statusChange } from "./presence.ts";

export interface SignalBroadcastOptions {
  sockets: SocketRegistry<Subscriber>;
  room: { readonly channel: { readonly id: string } };
}

/** A signal about one user, or about all users. */
interface Signal {
  /** The position of its last change among all pending signals. */
  order: number;
  /** For subscribers who received every earlier signal. */
  envelopes: SignalEnvelope[];
  /** For a subscriber who joined when the pending signals had reached `order`. */
  envelopesSince(order: number): SignalEnvelope[];
  /** The user who is typing. Their own sockets do not receive the signal. */
  typistId?: string;
}

/** A pending change: how others saw a user before it. */
interface Change {
  order: number;
  before: UserStatus | undefined;
}

/** When a subscriber joined among the pending signals, and the online count that they received then. */
interface Join {
  order: number;
  count: number;
}

/** Signal frames are this far apart, or further in large rooms, so that they use at most a tenth of a room's time. */
const minIntervalMs = 200;
const intervalPerSocketMs = 0.2;
const maxIntervalMs = 900;
const countIntervalMs = 1_000;

/**
 * Broadcasts signals, which are ephemeral: users who come online, go offline, change their status or type. Signals are collected and
 * sent in separate frames; a user who came and left between two frames causes none. Timers run for less than a second, so that an
 * idle object can hibernate. Signals that are pending when the process dies are lost: a subscriber gets the current presence with
 * `subscribed` when it reconnects.
 */
export class SignalBroadcast implements PresenceObserver {
  readonly #sockets: SocketRegistry<Subscriber>;
  readonly #room: SignalBroadcastOptions["room"];
  #presence: Presence | undefined;
  #order = 0;
  /** The pending changes of each user, oldest first. */
  readonly #changes = new Map<string, Change[]>();
  readonly #typing: Signal[] = [];
  /** Subscribers who joined while signals were pending: the presence that they received with `subscribed` includes those signals. */
  readonly #joined = new Map<SubscriberConnection, Join>();
  /** The online count that was sent last; undefined while names are sent instead. */
  #sentCount: number | undefined;
  #countSentAt = 0;
  #sentAt = 0;
  #timer: { at: number; id: ReturnType<typeof setTimeout> } | undefined;

  constructor({ sockets, room }: SignalBroadcastOptions) {
    this.#sockets = sockets;
    this.#room = room;
  }

  /** Sets the presence to broadcast. Call once, when the object is constructed: its sockets received what `presence` holds then. */
  start(presence: Presence): void {
    this.#presence = presence;
    if (presence.count > limits.onlineListed) this.#sentCount = presence.count;
  }

  presenceChanged(userId: string, before: UserStatus | undefined): void {
    const earlier = this.#changes.get(userId) ?? [];
    // Deleted first, so that the map is ordered by each user's last change.
    this.#changes.delete(userId);
    this.#changes.set(userId, [...earlier, { order: ++this.#order, before }]);
    this.#scheduleSend();
  }

  addTyping(userId: string, threadId: string | null): void {
    const envelopes: SignalEnvelope[] = [
      { type: "typing", channelId: this.#channelId, data: { userId, threadId } },
    ];
    this.#typing.push({
      order: ++this.#order,
      envelopes,
      envelopesSince: () => envelopes,
      typistId: userId,
    });
    this.#scheduleSend();
  }

  /** Call after a socket has received the current presence. */
  addSubscriber(connection: SubscriberConnection): void {
    if (this.#timer) this.#joined.set(connection, { order: this.#order, count: this.#presenceNow.count });
  }

  removeSubscriber(connection: SubscriberConnection): void {
    this.#joined.delete(connection);
  }

  /** Sends the pending signals. */
  send(): void {
    const nowMs = Date.now();
    this.#disarm();
    this.#broadcast([...this.#takePresence(nowMs), ...this.#takeTyping()]);
    this.#sentAt = nowMs;
    if (this.#isCountOutdated)
      this.#arm(Math.min(countIntervalMs, Math.max(0, this.#countSentAt + countIntervalMs - nowMs)));
    // Kept above while the count is still to be sent, because it depends on what a subscriber received when joining.
    else this.#joined.clear();
  }

  get #presenceNow(): Presence {
    if (!this.#presence) throw new Error("Signals before `start`");
    return this.#presence;
  }

  get #channelId(): string {
    return this.#room.channel.id;
  }

  /** Returns the pending typing signals, without those of users who are no longer visible. */
  #takeTyping(): Signal[] {
    return this.#typing.splice(0).filter(({ typistId = "" }) => this.#presenceNow.visibleStatus(typistId));
  }

  #broadcast(signals: readonly Signal[]): void {
    const separate = new Set(this.#joined.keys());
    for (const { typistId } of signals)
      if (typistId !== undefined)
        for (const connection of this.#presenceNow.connectionsOf(typistId)) separate.add(connection);
    const shared = signals.flatMap(({ envelopes }) => envelopes);
    if (shared.length > 0)
      this.#sockets.broadcastDroppable(stringifyAll(shared), (connection) => !separate.has(connection));
    for (const connection of separate) {
      const own = this.#envelopesFor(connection, signals);
      if (own.length > 0) this.#sockets.sendDroppable(connection, stringifyAll(own));
    }
  }

  /** Returns what a typist receives, or a subscriber who joined while signals were pending. */
  #envelopesFor(connection: SubscriberConnection, signals: readonly Signal[]): SignalEnvelope[] {
    const { userId } = connection.owner;
    const ofOthers = signals.filter(({ typistId }) => typistId !== userId);
    const join = this.#joined.get(connection);
    if (!join) return ofOthers.flatMap(({ envelopes }) => envelopes);
    const later = ofOthers.filter(({ order }) => order > join.order);
    const { count } = join;
    if (this.#sentCount === (count > limits.onlineListed ? count : undefined))
      return later.flatMap((signal) => signal.envelopesSince(join.order));
    // This subscriber received a count where the others have names, or names or another count: they get the whole presence.
    this.#joined.set(connection, { ...join, count: this.#sentCount ?? 0 });
    const typing = later.filter(({ typistId }) => typistId !== undefined);
    return [...this.#wholePresence(this.#sentCount), ...typing.flatMap(({ envelopes }) => envelopes)];
  }

  #takePresence(nowMs: number): Signal[] {
    if (this.#isCounted || this.#sentCount !== undefined) return this.#takeCount(nowMs);
    const signals = [...this.#changes].map(([userId, changes]): Signal => {
      const status = this.#presenceNow.visibleStatus(userId);
      const envelopesSince = (since: number): SignalEnvelope[] => {
        const first = changes.find(({ order }) => order > since);
        return first ? this.#transition(userId, first.before, status) : [];
      };
      return { order: changes.at(-1)?.order ?? 0, envelopes: envelopesSince(0), envelopesSince };
    });
    this.#changes.clear();
    return signals;
  }

  /** Above 200 users the count is sent instead of names; when it falls to 200 again, all names. */
  #takeCount(nowMs: number): Signal[] {
    if (this.#isCountOutdated) {
      const sinceMs = nowMs - this.#countSentAt;
      if (sinceMs >= 0 && sinceMs < countIntervalMs) return [];
      this.#countSentAt = nowMs;
    }
    this.#changes.clear();
    if (!this.#isCountOutdated) return [];
    this.#sentCount = this.#isCounted ? this.#presenceNow.count : undefined;
    const envelopes = this.#wholePresence(this.#sentCount);
    return [{ order: Number.POSITIVE_INFINITY, envelopes, envelopesSince: () => envelopes }];
  }

  /** Returns the complete presence, which replaces all earlier signals: the count, or all users with their statuses. */
  #wholePresence(count: number | undefined): SignalEnvelope[] {
    const channelId = this.#channelId;
    if (count !== undefined) return [{ type: "onlineCount", channelId, data: { onlineCount: count } }];
    const { count: onlineCount, online, statuses } = this.#presenceNow;
    return [
      { type: "onlineCount", channelId, data: { onlineCount, online } },
      ...statuses.map((data) => ({ type: "statusUpdate" as const, channelId, data })),
    ];
  }

  /** Whether there are too many users to send their names. */
  get #isCounted(): boolean {
    return this.#presenceNow.count > limits.onlineListed;
  }

  /** Whether the count, or the choice between count and names, has changed since the last signal frame. */
  get #isCountOutdated(): boolean {
    return this.#sentCount !== (this.#isCounted ? this.#presenceNow.count : undefined);
  }

  /** Returns the signals for the difference between two statuses of a user, as others see them; none if they look the same. */
  #transition(
    userId: string,
    before: UserStatus | undefined,
    status: UserStatus | undefined,
  ): SignalEnvelope[] {
    const channelId = this.#channelId;
    if (!status) return before ? [{ type: "userOffline", channelId, data: { userId } }] : [];
    if (before)
      return isSame(before, status) ? [] : [{ type: "statusUpdate", channelId, data: statusChange(status) }];
    const online: SignalEnvelope = { type: "userOnline", channelId, data: { userId } };
    const change = notableStatus(status);
    return change ? [online, { type: "statusUpdate", channelId, data: change }] : [online];
  }

  /** The first signal after a pause is sent in the next event. */
  #scheduleSend(): void {
    const intervalMs = Math.min(
      maxIntervalMs,
      Math.max(minIntervalMs, this.#sockets.size * intervalPerSocketMs),
    );
    // At most the interval: a clock that is set back must not hold signals for longer.
    const waitMs = Math.min(intervalMs, Math.max(0, this.#sentAt + intervalMs - Date.now()));
    this.#arm(waitMs);
  }

  #arm(waitMs: number): void {
    const at = Date.now() + waitMs;
    if (this.#timer && this.#timer.at <= at) return;
    this.#disarm();
    this.#timer = { at, id: setTimeout(() => this.send(), waitMs) };
  }

  #disarm(): void {
    clearTimeout(this.#timer?.id);
    this.#timer = undefined;
  }
}

const stringifyAll = (signals: readonly SignalEnvelope[]): string[] =>
  signals.map((signal) => JSON.stringify(signal));
