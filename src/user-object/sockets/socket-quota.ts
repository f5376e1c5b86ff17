import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { inParallel, settledWithin } from "../../lib/parallel.ts";
import type { HubState } from "../hub-state.ts";

export interface SocketQuotaOptions {
  hub: HubState;
  /** For `USER_CONNECTIONS` and `USER_SUBSCRIPTIONS`. */
  config: Config;
  /** Asks a room for the ids of the user's sockets there. */
  socketIds: (channelId: string) => Promise<string[]>;
}

/** A client's own socket, to a gateway or to a room; or a gateway's socket to a room. */
export type SocketKind = "connection" | "subscription";

/** One more of many is let in when another goes. */
const retryAfterMs = 5_000;
const roomsAtOnce = 20;
const roomTimeoutMs = 1_000;
/** A user who stays at the limit makes rooms be asked no more often than this. */
const reconcileEveryMs = 1_000;

/**
 * How many sockets the user has in all. Rooms do not report sockets that end, so the stored count is an upper bound; only when it
 * reaches a limit are the rooms asked which of them are left. So neither a crash nor an eviction leaves a count too high for good.
 */
export class SocketQuota {
  readonly #options: SocketQuotaOptions;
  #reconciling: Promise<void> | undefined;
  #reconciledAt = 0;

  constructor(options: SocketQuotaOptions) {
    this.#options = options;
  }

  /** Where the count has reached the limit, asks the rooms which sockets are left. `check` follows, since others may wait as well. */
  async refresh(kind: SocketKind): Promise<void> {
    if (this.#isFull(kind)) await this.#reconcile();
  }

  /** Rejects one socket too many with `rate_limited`. The caller counts the socket without an await in between. */
  check(kind: SocketKind): void {
    if (!this.#isFull(kind)) return;
    const { USER_CONNECTIONS, USER_SUBSCRIPTIONS } = this.#options.config;
    const detail =
      kind === "connection"
        ? `You have ${USER_CONNECTIONS} sockets open, as many as a user may: close one first`
        : `Your sockets have ${USER_SUBSCRIPTIONS} subscriptions together, as many as a user may: unsubscribe first`;
    reject("rate_limited", detail, { retryAfterMs });
  }

  #isFull(kind: SocketKind): boolean {
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

  /** A socket that was admitted after its room was asked may be missing in the answer: only earlier ones are removed. */
  async #askRooms(): Promise<void> {
    const { hub, socketIds } = this.#options;
    const byChannel = Map.groupBy(hub.roomSockets.all, ({ channelId }) => channelId);
    await inParallel([...byChannel], roomsAtOnce, async ([channelId, sockets]) => {
      const answer = socketIds(channelId).catch(() => undefined);
      const open = (await settledWithin(answer, roomTimeoutMs)) ? await answer : undefined;
      // A room that does not answer may still have them.
      if (!open) return;
      const gone = sockets.filter(({ id }) => !open.includes(id)).map(({ id }) => id);
      hub.commit(() => hub.roomSockets.remove(gone));
    });
  }
}
