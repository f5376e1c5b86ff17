import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  ChosenPresence,
  Presence as ShownPresence,
  Room,
  Status,
  StatusChange,
} from "../../../src/client/index.ts";

const offline = (userId: string): StatusChange => ({ userId, presence: "offline", custom: null });

/** The presence of users, as the rooms of all channels report it. */
export class Presence {
  readonly #statuses = new Map<string, Signal<StatusChange>>();

  /** Returns a user's presence; offline as long as no channel reported otherwise. */
  of(userId: string): ReadonlySignal<StatusChange> {
    return this.#signal(userId);
  }

  /** Follows the signals of a room until it is closed. */
  follow(room: Room): void {
    room.on("subscribed", ({ online, statuses }) => {
      for (const userId of online) this.#set({ userId, presence: "online", custom: null });
      for (const status of statuses) this.#set(status);
    });
    room.on("onlineCount", ({ data: { online = [] } }) => {
      for (const userId of online) this.#setOnline(userId);
    });
    room.on("userOnline", ({ data }) => this.#setOnline(data.userId));
    room.on("userOffline", ({ data }) => this.#set(offline(data.userId)));
    room.on("statusUpdate", ({ data }) => this.#set(data));
  }

  /** Forgets everything, when the connection is lost: the rooms report who is online when they are live again. */
  clear(): void {
    for (const [userId, status] of this.#statuses) status.value = offline(userId);
  }

  put(statuses: readonly StatusChange[]): void {
    for (const status of statuses) this.#set(status);
  }

  /** Stores what the user of the session has chosen. No channel reports it while they are invisible, or in no channel. */
  putOwn(userId: string, { presence, custom }: Status): void {
    this.#set({ userId, presence: shownPresence(presence), custom });
  }

  #setOnline(userId: string): void {
    const { presence, custom } = this.#signal(userId).peek();
    if (presence === "offline") this.#set({ userId, presence: "online", custom });
  }

  #set(status: StatusChange): void {
    this.#signal(status.userId).value = status;
  }

  #signal(userId: string): Signal<StatusChange> {
    let status = this.#statuses.get(userId);
    if (!status) this.#statuses.set(userId, (status = signal(offline(userId))));
    return status;
  }
}

const shownPresence = (chosen: ChosenPresence): ShownPresence =>
  chosen === "auto" ? "online" : chosen === "invisible" ? "offline" : chosen;
