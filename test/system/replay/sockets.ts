import type { Room } from "../../../src/client/index.ts";
import type { Account } from "./accounts.ts";
import type { Line } from "./corpus.ts";

/** Every socket on a room costs it a send per frame, so those who are silent for long hang up. */
const openSockets = 16;
/** How far ahead of the conversation a speaker's socket is opened, so that nobody waits for it. */
const lookAhead = 24;

/** The sockets of those who speak now or soon. */
export class SpeakerSockets {
  /** By name, the one used longest ago first. */
  readonly #open = new Map<string, Room>();
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #channelId: string;

  constructor(accounts: ReadonlyMap<string, Account>, channelId: string) {
    this.#accounts = accounts;
    this.#channelId = channelId;
  }

  /** Opens those of the next speakers, and closes others for them. */
  prepare(lines: readonly Line[], from: number): void {
    const soon = new Set<string>();
    for (let at = from; at < Math.min(lines.length, from + lookAhead) && soon.size < openSockets; at++)
      soon.add(lines[at]?.user ?? "");
    for (const name of soon) if (!this.#open.has(name)) this.of(name);
    for (const [name, room] of this.#open) {
      if (this.#open.size <= openSockets) break;
      if (soon.has(name)) continue;
      room.close();
      this.#open.delete(name);
    }
  }

  of(name: string): Room {
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
    if (!account) throw new Error(`${name} speaks without an account`);
    return account.client.room(this.#channelId);
  }
}
