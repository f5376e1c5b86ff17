import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { inParallel, settledWithin } from "../../lib/parallel.ts";
import type { HubState } from "../hub-state.ts";
import type { RoomClient } from "../room-sync/room-client.ts";

export interface SocketQuotaOptions {
  hub: HubState;
  /** For `USER_CONNECTIONS` and `USER_SUBSCRIPTIONS`. */
  config: Config;
  rooms: RoomClient;
}

/** A client's own socket, to a gateway or to a room; or a gateway's socket to a room. */
export type SocketKind = "connection" | "subscription";

/** How long a rejected client is asked to wait; it is admitted once another socket has closed. */
const retryAfterMs = 5_000;
const roomsAtOnce = 20;
/** A room that does not answer in this time keeps its sockets in the count. */
const roomTimeoutMs = 1_000;
/** The rooms of a user at the limit are asked at most once in this time. */
const reconcileEveryMs = 1_000;

/**
 * Limits the sockets of one user over all rooms and gateways. Rooms do not report closed sockets, so the stored count is an upper bound;
 * when it reaches a limit, the rooms are asked which sockets are still open. A crash or an eviction therefore never leaves the count too
 * high permanently.
 */
export class SocketQuota {
  readonly #options: SocketQuotaOptions;
  #reconciling: Promise<void> | undefined;
  #reconciledAt = 0;

  constructor(options: SocketQuotaOptions) {
    this.#options = options;
  }

  /** Asks the rooms which sockets are open, if the count has reached the limit. Call `check` afterwards: other sockets may have waited too. */
  async refresh(kind: SocketKind): Promise<void> {
    if (this.isFull(kind)) await this.#reconcile();
  }

  /**
   * Checks that one more socket is allowed. The caller counts the socket without an await in between.
   *
   * @throws `rate_limited` when the limit is reached
   */
  check(kind: SocketKind): void {
    if (!this.isFull(kind)) return;
    const { USER_CONNECTIONS, USER_SUBSCRIPTIONS } = this.#options.config;
    const detail =
      kind === "connection"
        ? `You have ${USER_CONNECTIONS} open sockets, which is the limit for one user; close one first`
        : `Your sockets have ${USER_SUBSCRIPTIONS} subscriptions in total, which is the limit for one user; unsubscribe from a channel first`;
    reject("rate_limited", detail, { retryAfterMs });
  }

  /** Returns whether the stored count, which includes sockets that have closed, has reached the limit. */
  isFull(kind: SocketKind): boolean {
    const { hub, config } = this.#options;
    if (kind === "subscription") return hub.roomSockets.count(false) >= config.USER_SUBSCRIPTIONS;
    return hub.devices.count + hub.roomSockets.count(true) >= config.USER_CONNECTIONS;
  }

  #reconcile(): Promise<void> {
    if (this.#reconciling) return this.#reconciling;
    if (Date.now() - this.#reconciledAt < reconcileEveryMs) return Promise.resolve();
    this.#reconciling = this.#askRooms().finally(() => {
      this.#reconciling = undefined;
      this.#reconciledAt = Date.now();
    });
    return this.#reconciling;
  }

  /**
   * Removes only sockets that were admitted before their room was asked: a later one may be missing in the answer. The room receives the
   * ids that will no longer be counted, so that a planned socket that arrives later with one of them is counted again.
   */
  async #askRooms(): Promise<void> {
    const { hub, rooms } = this.#options;
    const byChannel = Map.groupBy(hub.roomSockets.all, ({ channelId }) => channelId);
    await inParallel([...byChannel], roomsAtOnce, async ([channelId, sockets]) => {
      const counted = sockets.map(({ id }) => id);
      const answer = rooms.socketIds(channelId, counted).catch(() => undefined);
      const open = (await settledWithin(answer, roomTimeoutMs)) ? await answer : undefined;
      // A room that does not answer may still have them.
      if (!open) return;
      const closed = counted.filter((id) => !open.includes(id));
      hub.commit(() => hub.roomSockets.remove(closed));
    });
  }
}
