import type { Room } from "../../../src/client/index.ts";
import type { Account } from "./accounts.ts";
import type { Line } from "./corpus.ts";

/** Limit of open sockets, because a room sends every frame to each of them. */
const maxSockets = 16;
/** How many lines ahead an author's socket is opened, so that sending does not wait for the connection. */
const lookAhead = 24;

/** An LRU pool of the sockets of authors who send now or soon. */
export class SenderSockets {
  /** By name, the least recently used first. */
  readonly #open = new Map<string, Room>();
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #channelId: string;

  constructor(accounts: ReadonlyMap<string, Account>, channelId: string) {
    this.#accounts = accounts;
    this.#channelId = channelId;
  }

  /** Opens the sockets of the next authors, and closes the least recently used ones above the limit. */
  prepare(lines: readonly Line[], from: number): void {
    const next = new Set<string>();
    for (let at = from; at < Math.min(lines.length, from + lookAhead) && next.size < maxSockets; at++)
      next.add(lines[at]?.user ?? "");
    for (const name of next) if (!this.#open.has(name)) this.get(name);
    for (const [name, room] of this.#open) {
      if (this.#open.size <= maxSockets) break;
      if (next.has(name)) continue;
      room.close();
      this.#open.delete(name);
    }
  }

  /** Returns an author's socket, opened if necessary. */
  get(name: string): Room {
    const room = this.#open.get(name) ?? this.#connect(name);
    this.#open.delete(name);
    this.#open.set(name, room);
    return room;
  }

  closeAll(): void {
    for (const room of this.#open.values()) room.close();
    this.#open.clear();
  }

  #connect(name: string): Room {
    const account = this.#accounts.get(name);
    if (!account) throw new Error(`${name} has no account`);
    return account.client.room(this.#channelId);
  }
}
