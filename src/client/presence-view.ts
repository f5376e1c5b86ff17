import type { StatusChange } from "./contract/presence.ts";
import type { Room } from "./room.ts";

/** Options of a `PresenceView`. */
export interface PresenceViewOptions {
  /** Called after each change. */
  changed?: (view: PresenceView) => void;
}

/**
 * Maintains who is online in a channel, and their statuses. Above 200 online users the server sends only their number. Without a
 * connection the view keeps its last state.
 *
 * @example const presence = new PresenceView(room, { changed: ({ count }) => show(count) });
 */
export class PresenceView {
  #count = 0;
  /** Null while the server sends only the number of users. */
  #online: Set<string> | null = new Set();
  readonly #statuses = new Map<string, StatusChange>();
  readonly #changed: (view: PresenceView) => void;
  readonly #stops: (() => void)[];

  constructor(room: Pick<Room, "on">, { changed = () => {} }: PresenceViewOptions = {}) {
    this.#changed = changed;
    this.#stops = [
      room.on("subscribed", ({ online, onlineCount, statuses }) => this.#load(onlineCount, online, statuses)),
      room.on("onlineCount", ({ data: { onlineCount, online } }) =>
        this.#load(onlineCount, online ?? [], []),
      ),
      room.on("userOnline", ({ data }) => this.#change(data.userId, true)),
      room.on("userOffline", ({ data }) => this.#change(data.userId, false)),
      room.on("statusUpdate", ({ data }) => {
        this.#statuses.set(data.userId, data);
        this.#changed(this);
      }),
    ];
  }

  /** How many users are online in the channel. */
  get count(): number {
    return this.#count;
  }

  /** The ids of the users that are online; null while the server sends only their number (above 200). */
  get online(): string[] | null {
    return this.#online && [...this.#online];
  }

  /** Returns the status of a user; undefined while the server sends only the number of users. */
  of(userId: string): StatusChange | undefined {
    const isHere = this.#online?.has(userId);
    if (isHere === undefined) return undefined;
    const status = isHere ? this.#statuses.get(userId) : undefined;
    return status ?? { userId, presence: isHere ? "online" : "offline", custom: null };
  }

  /** Ends the view's subscriptions. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #load(count: number, online: readonly string[], statuses: readonly StatusChange[]): void {
    this.#count = count;
    this.#online = online.length < count ? null : new Set(online);
    this.#statuses.clear();
    for (const status of statuses) this.#statuses.set(status.userId, status);
    this.#changed(this);
  }

  #change(userId: string, isHere: boolean): void {
    this.#statuses.delete(userId);
    if (isHere) this.#online?.add(userId);
    else this.#online?.delete(userId);
    if (this.#online) this.#count = this.#online.size;
    this.#changed(this);
  }
}
