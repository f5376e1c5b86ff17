import type {
  RoomSubscriptionAnswer,
  RoomSubscriptionRequest,
  SubscriptionReader,
} from "../domain/event-subscriptions.ts";
import { type RpcResult, unwrap } from "../rpc/rpc-result.ts";
import { callObject, roomOf } from "../rpc/stubs.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

type DueChannel = {
  channelId: string;
  epoch: string;
  position: number;
  wakes: number;
  attempts: number;
  failingSince: number | null;
};

/** How far the log of a channel was sent. */
export interface Reached {
  epoch: string;
  position: number;
  /** The room calls `wake` when something follows. */
  isIdle: boolean;
}

/** The channels whose rooms report events, with the position in each one's log up to which events were sent. */
export class SubscribedChannels {
  readonly #env: Env;
  readonly #sql: SqlStorage;
  readonly #store: SubscriptionStore;

  constructor(env: Env, sql: SqlStorage, store: SubscriptionStore) {
    this.#env = env;
    this.#sql = sql;
    this.#store = store;
  }

  get count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM channels").one().n;
  }

  has(channelId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM channels WHERE channel_id = ?", channelId).toArray().length > 0;
  }

  ids(limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>("SELECT channel_id AS id FROM channels ORDER BY channel_id LIMIT ?", limit)
      .toArray()
      .map(({ id }) => id);
  }

  /** Subscribes to a room. Its first read follows at once. @throws `not_found` if the owner may not read the channel */
  async subscribe(channelId: string, reader: SubscriptionReader): Promise<void> {
    const { id: subscriptionId, activeSince, channelIds } = this.#store.current;
    const isPublicOnly = channelIds === null;
    const { epoch, position } = unwrap(
      await this.#call(channelId, { kind: "subscribe", subscriptionId, reader, isPublicOnly, activeSince }),
    );
    this.#sql.exec(
      "INSERT OR IGNORE INTO channels (channel_id, epoch, position, at) VALUES (?, ?, ?, ?)",
      channelId,
      epoch,
      position,
      Date.now(),
    );
  }

  /** Ends the subscription, in the room first: a crash in between leaves the row, and the call is repeated. */
  async unsubscribe(channelId: string): Promise<void> {
    const { id: subscriptionId } = this.#store.current;
    // The result is not unwrapped: a channel that was deleted for good answers `not_found` and has no subscription.
    await this.#call(channelId, { kind: "unsubscribe", subscriptionId });
    this.#sql.exec("DELETE FROM channels WHERE channel_id = ?", channelId);
  }

  /** Reads the next event after the channel's position. @throws `not_found` if the owner may not read the channel */
  async readNext(
    { channelId, epoch, position: after }: Pick<DueChannel, "channelId" | "epoch" | "position">,
    reader: SubscriptionReader,
  ): Promise<RoomSubscriptionAnswer> {
    const { id: subscriptionId, events, channelIds } = this.#store.current;
    const isPublicOnly = channelIds === null;
    return unwrap(
      await this.#call(channelId, {
        kind: "read",
        subscriptionId,
        reader,
        isPublicOnly,
        epoch,
        after,
        events,
      }),
    );
  }

  /** Reads one event again. @throws `not_found` */
  async readAgain(
    channelId: string,
    reader: SubscriptionReader,
    seq: number,
  ): Promise<RoomSubscriptionAnswer> {
    return unwrap(await this.#call(channelId, { kind: "event", reader, seq }));
  }

  #call(channelId: string, request: RoomSubscriptionRequest): Promise<RpcResult<RoomSubscriptionAnswer>> {
    return callObject(() => roomOf(this.#env, channelId).subscription(request));
  }

  /** Makes an idle channel due. One whose receiver fails keeps the time of its next attempt. Returns whether it is due now. */
  wake(channelId: string, nowMs: number): boolean {
    return this.#sql
      .exec<{ at: number }>(
        `UPDATE channels SET wakes = wakes + 1, at = CASE WHEN is_idle = 1 THEN ?1 ELSE at END, is_idle = 0
           WHERE channel_id = ?2 RETURNING at`,
        nowMs,
        channelId,
      )
      .toArray()
      .some(({ at }) => at <= nowMs);
  }

  dueIds(nowMs: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT channel_id AS id FROM channels WHERE is_idle = 0 AND at <= ? ORDER BY at",
        nowMs,
      )
      .toArray()
      .map(({ id }) => id);
  }

  due(channelId: string, nowMs: number): DueChannel | undefined {
    return this.#sql
      .exec<DueChannel>(
        `SELECT channel_id AS channelId, epoch, position, wakes, attempts, failing_since AS failingSince FROM channels
         WHERE channel_id = ? AND is_idle = 0 AND at <= ?`,
        channelId,
        nowMs,
      )
      .toArray()[0];
  }

  /**
   * Stores how far the channel was sent.
   *
   * @param wakes as it was before the room was read: a channel that was woken since then is not idle
   */
  advance(channelId: string, { epoch, position, isIdle }: Reached, wakes: number): void {
    this.#sql.exec(
      `UPDATE channels SET epoch = ?, position = ?, is_idle = CASE WHEN wakes = ? THEN ? ELSE 0 END, attempts = 0,
         failing_since = NULL, at = ? WHERE channel_id = ?`,
      epoch,
      position,
      wakes,
      isIdle ? 1 : 0,
      Date.now(),
      channelId,
    );
  }

  postpone(channelId: string, at: number, attempts: number): void {
    this.#sql.exec("UPDATE channels SET at = ?, attempts = ? WHERE channel_id = ?", at, attempts, channelId);
  }

  /** @param since when the first of the failed attempts was made */
  postponeFailing(
    channelId: string,
    { at, attempts, since }: { at: number; attempts: number; since: number },
  ): void {
    this.#sql.exec(
      "UPDATE channels SET at = ?, attempts = ?, failing_since = ? WHERE channel_id = ?",
      at,
      attempts,
      since,
      channelId,
    );
  }

  /** The time of the next read; null if all channels are idle. */
  nextAt(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM channels WHERE is_idle = 0").one()
      .at;
  }
}
