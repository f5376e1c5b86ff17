import type { UserStatus } from "../../domain/actor.ts";
import type { SocketRegistry } from "../../durable/socket-registry.ts";
import { limits, type SignalEnvelope } from "../../protocol/index.ts";
import { isSame, notable, type Presence, statusChange } from "./presence.ts";
import type { Subscriber, SubscriberConnection } from "../sockets/subscriber.ts";

export interface SignalsOptions {
  sockets: SocketRegistry<Subscriber>;
  presence: () => Presence;
  channelId: () => string;
}

/** What is told of a user, or of all. */
interface Signal {
  /** When it came, among all that is collected. */
  order: number;
  /** To those who were told everything before. */
  told: SignalEnvelope[];
  /** To those who came in between, when so much had been collected. */
  toldSince(order: number): SignalEnvelope[];
  /** Who types: their own sockets are not told. */
  typistId?: string;
}

/** How a user was seen before each change that is still to be told. */
interface Change {
  order: number;
  before: UserStatus | undefined;
}

/** When somebody came, among all that is collected, and how many they were told are there. */
interface Arrival {
  order: number;
  count: number;
}

/** Frames of signals are so far apart, or further where many hear them: they take a tenth of a room's time at most. */
const everyMs = 200;
const perSocketMs = 0.2;
const longestMs = 900;
const countEveryMs = 1_000;

/**
 * What is ephemeral: who comes, goes, shows themselves otherwise or types. Collected, and told in frames of their own; of a user
 * who came and went in between nothing is told. Timers last less than a second, so that an idle object can hibernate.
 */
export class SignalBroadcast {
  readonly #options: SignalsOptions;
  #order = 0;
  /** Whom others see otherwise than they were told. */
  readonly #changes = new Map<string, Change[]>();
  readonly #typing: Signal[] = [];
  /** Who came in between: what was collected before they know already. */
  readonly #late = new Map<SubscriberConnection, Arrival>();
  /** The number that was told last, where names are told no more. */
  #count: number | undefined;
  #countedAt = 0;
  #sentAt = 0;
  #timer: { at: number; id: ReturnType<typeof setTimeout> } | undefined;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /** After the object was made: what its sockets were told before it lost its memory. */
  resume(): void {
    const { count } = this.#options.presence();
    if (count > limits.onlineListed) this.#count = count;
  }

  /** Others see this user otherwise than `before`. */
  changed(userId: string, before: UserStatus | undefined): void {
    const known = this.#changes.get(userId) ?? [];
    // In the order in which the last of each came.
    this.#changes.delete(userId);
    this.#changes.set(userId, [...known, { order: ++this.#order, before }]);
    this.#soon();
  }

  typing(userId: string, threadId: string | null): void {
    const channelId = this.#options.channelId();
    const told: SignalEnvelope[] = [{ type: "typing", channelId, data: { userId, threadId } }];
    this.#typing.push({ order: ++this.#order, told, toldSince: () => told, typistId: userId });
    this.#soon();
  }

  /** A socket was just told who is present. */
  joined(connection: SubscriberConnection): void {
    if (this.#timer)
      this.#late.set(connection, { order: this.#order, count: this.#options.presence().count });
  }

  left(connection: SubscriberConnection): void {
    this.#late.delete(connection);
  }

  /** Tells what was collected. */
  send(): void {
    const nowMs = Date.now();
    this.#disarm();
    this.#tell([...this.#ofPresence(nowMs), ...this.#typed()]);
    this.#sentAt = nowMs;
    if (this.#isMiscounted)
      this.#arm(Math.min(countEveryMs, Math.max(0, this.#countedAt + countEveryMs - nowMs)));
    // What they are still to be told is not told by halves.
    else this.#late.clear();
  }

  /** Not of one whom nobody sees any more. */
  #typed(): Signal[] {
    const presence = this.#options.presence();
    return this.#typing.splice(0).filter(({ typistId = "" }) => presence.seen(typistId));
  }

  #tell(signals: readonly Signal[]): void {
    const { sockets, presence } = this.#options;
    const apart = new Set(this.#late.keys());
    for (const { typistId } of signals)
      if (typistId !== undefined)
        for (const connection of presence().connectionsOf(typistId)) apart.add(connection);
    const toAll = signals.flatMap(({ told }) => told);
    if (toAll.length > 0) sockets.broadcastDroppable(texts(toAll), (connection) => !apart.has(connection));
    for (const connection of apart) {
      const own = this.#apart(connection, signals);
      if (own.length > 0) sockets.sendDroppable(connection, texts(own));
    }
  }

  /** What is told to a typist, and to one who came in between. */
  #apart(connection: SubscriberConnection, signals: readonly Signal[]): SignalEnvelope[] {
    const { userId } = connection.owner;
    const ofOthers = signals.filter(({ typistId }) => typistId !== userId);
    const arrival = this.#late.get(connection);
    if (!arrival) return ofOthers.flatMap(({ told }) => told);
    const since = ofOthers.filter(({ order }) => order > arrival.order);
    const { count } = arrival;
    if (this.#count === (count > limits.onlineListed ? count : undefined))
      return since.flatMap((signal) => signal.toldSince(arrival.order));
    // They were told a number where all others have names, or names, or another number.
    this.#late.set(connection, { ...arrival, count: this.#count ?? 0 });
    const typing = since.filter(({ typistId }) => typistId !== undefined);
    return [...this.#wholeOf(this.#count), ...typing.flatMap(({ told }) => told)];
  }

  #ofPresence(nowMs: number): Signal[] {
    if (this.#isMany || this.#count !== undefined) return this.#counted(nowMs);
    const presence = this.#options.presence();
    const signals = [...this.#changes].map(([userId, changes]): Signal => {
      const status = presence.seen(userId);
      const toldSince = (since: number): SignalEnvelope[] => {
        const first = changes.find(({ order }) => order > since);
        return first ? this.#transition(userId, first.before, status) : [];
      };
      return { order: changes.at(-1)?.order ?? 0, told: toldSince(0), toldSince };
    });
    this.#changes.clear();
    return signals;
  }

  /** Past 200 how many they are, in place of names; once they are fewer, all names. */
  #counted(nowMs: number): Signal[] {
    if (this.#isMiscounted) {
      const sinceMs = nowMs - this.#countedAt;
      if (sinceMs >= 0 && sinceMs < countEveryMs) return [];
      this.#countedAt = nowMs;
    }
    this.#changes.clear();
    if (!this.#isMiscounted) return [];
    this.#count = this.#isMany ? this.#options.presence().count : undefined;
    const told = this.#wholeOf(this.#count);
    return [{ order: Number.POSITIVE_INFINITY, told, toldSince: () => told }];
  }

  /** Who is there, whatever was told before: how many, or all names with their statuses. */
  #wholeOf(count: number | undefined): SignalEnvelope[] {
    const channelId = this.#options.channelId();
    if (count !== undefined) return [{ type: "onlineCount", channelId, data: { onlineCount: count } }];
    const { count: onlineCount, online, statuses } = this.#options.presence();
    return [
      { type: "onlineCount", channelId, data: { onlineCount, online } },
      ...statuses.map((data) => ({ type: "statusUpdate" as const, channelId, data })),
    ];
  }

  get #isMany(): boolean {
    return this.#options.presence().count > limits.onlineListed;
  }

  /** Whether the number, or that there is one, is not what was told. */
  get #isMiscounted(): boolean {
    return this.#count !== (this.#isMany ? this.#options.presence().count : undefined);
  }

  /** From how a user was seen to how they are; nothing where that is the same. */
  #transition(
    userId: string,
    before: UserStatus | undefined,
    status: UserStatus | undefined,
  ): SignalEnvelope[] {
    const channelId = this.#options.channelId();
    if (!status) return before ? [{ type: "userOffline", channelId, data: { userId } }] : [];
    if (before) return isSame(before, status) ? [] : [this.#statusUpdate(status)];
    const online: SignalEnvelope = { type: "userOnline", channelId, data: { userId } };
    const change = notable(status);
    return change ? [online, { type: "statusUpdate", channelId, data: change }] : [online];
  }

  #statusUpdate(status: UserStatus): SignalEnvelope {
    return { type: "statusUpdate", channelId: this.#options.channelId(), data: statusChange(status) };
  }

  /** The first after a pause goes as soon as what is under way is done. */
  #soon(): void {
    const restMs = Math.min(longestMs, Math.max(everyMs, this.#options.sockets.size * perSocketMs));
    // Never longer than the rest, or a clock that goes back would hold them for as long as it went back.
    const waitMs = Math.min(restMs, Math.max(0, this.#sentAt + restMs - Date.now()));
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

const texts = (signals: readonly SignalEnvelope[]): string[] => signals.map((item) => JSON.stringify(item));
