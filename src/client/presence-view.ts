import type { StatusChange } from "./contract/presence.ts";
import type { Room } from "./room.ts";

export interface PresenceViewOptions {
  /** Called whenever something changes. */
  changed?: (view: PresenceView) => void;
}

/**
 * Who is there in a room, and how they want to be seen. Past 200 a room tells only how many they are; while there is no connection
 * it is what was known last.
 *
 * @example const presence = new PresenceView(room, { changed: ({ count }) => show(count) });
 */
export class PresenceView {
  #count = 0;
  /** Null while they are not told by name. */
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

  /** How many are there. */
  get count(): number {
    return this.#count;
  }

  /** Their ids; null where they are too many to be named. */
  get online(): string[] | null {
    return this.#online && [...this.#online];
  }

  /** How a user is seen; undefined where nobody says: there are too many to be named. */
  of(userId: string): StatusChange | undefined {
    const isHere = this.#online?.has(userId);
    if (isHere === undefined) return undefined;
    const status = isHere ? this.#statuses.get(userId) : undefined;
    return status ?? { userId, presence: isHere ? "online" : "offline", custom: null };
  }

  /** Listens no more. */
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
