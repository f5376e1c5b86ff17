import type { Migration } from "../../durable/migrations.ts";

export const createSubscriptionTable: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE event_subscriptions (
      subscription_id TEXT PRIMARY KEY,
      position INTEGER NOT NULL,
      known INTEGER NOT NULL,
      at INTEGER,
      attempts INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`);
};

/** A subscription that is to be woken. */
type DueWake = { subscriptionId: string; attempts: number };

/**
 * The subscriptions of this channel. A subscription's sender reads the log from its own position; the room only wakes it when there
 * is something to read. For that it stores, of each, `position`: where the last read began, and `known`: the head of the log that the sender
 * knows. A sender whose position is before `known` reads on without being woken, however far behind it is.
 */
export class SubscriptionTable {
  readonly #sql: SqlStorage;
  #isEmpty: boolean | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether the channel has no subscriptions. In memory after the first call, so that a room without subscriptions pays nothing for them. */
  get isEmpty(): boolean {
    return (this.#isEmpty ??=
      this.#sql.exec("SELECT 1 FROM event_subscriptions LIMIT 1").toArray().length === 0);
  }

  /** Adds a subscription, unless it is there already. It reads from `position` on without being woken. */
  insert(subscriptionId: string, position: number, head: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO event_subscriptions (subscription_id, position, known) VALUES (?, ?, ?)",
      subscriptionId,
      position,
      // More than the position even if the log has no further event: the first read makes the subscription idle.
      Math.max(head, position + 1),
    );
    this.#isEmpty = false;
  }

  has(subscriptionId: string): boolean {
    return (
      !this.isEmpty &&
      this.#sql.exec("SELECT 1 FROM event_subscriptions WHERE subscription_id = ?", subscriptionId).toArray()
        .length > 0
    );
  }

  delete(subscriptionId: string): void {
    this.#sql.exec("DELETE FROM event_subscriptions WHERE subscription_id = ?", subscriptionId);
    this.#isEmpty = undefined;
  }

  /** Stores a read: up to `position` the sender has everything, and it knows of the events up to `known`. */
  recordRead(subscriptionId: string, position: number, known: number): void {
    this.#sql.exec(
      "UPDATE event_subscriptions SET position = ?, known = ? WHERE subscription_id = ?",
      position,
      known,
      subscriptionId,
    );
  }

  /** Marks the idle subscriptions that do not know of the head as due. Returns their ids. */
  markDue(head: number, nowMs: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "UPDATE event_subscriptions SET at = ?1 WHERE at IS NULL AND position >= known AND known < ?2 RETURNING subscription_id AS id",
        nowMs,
        head,
      )
      .toArray()
      .map(({ id }) => id);
  }

  dueIds(nowMs: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT subscription_id AS id FROM event_subscriptions WHERE at <= ? ORDER BY at",
        nowMs,
      )
      .toArray()
      .map(({ id }) => id);
  }

  due(subscriptionId: string, nowMs: number): DueWake | undefined {
    return this.#sql
      .exec<DueWake>(
        "SELECT subscription_id AS subscriptionId, attempts FROM event_subscriptions WHERE subscription_id = ? AND at <= ?",
        subscriptionId,
        nowMs,
      )
      .toArray()[0];
  }

  /** Stores that a subscription was woken and knows of the events up to `head`, unless it has read further meanwhile. */
  confirmWake(subscriptionId: string, head: number): void {
    this.#sql.exec(
      "UPDATE event_subscriptions SET known = max(known, ?), at = NULL, attempts = 0 WHERE subscription_id = ?",
      head,
      subscriptionId,
    );
  }

  postpone(subscriptionId: string, at: number, attempts: number): void {
    this.#sql.exec(
      "UPDATE event_subscriptions SET at = ?, attempts = ? WHERE subscription_id = ?",
      at,
      attempts,
      subscriptionId,
    );
  }

  /** The time of the next wake; null if none is due. */
  nextAt(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM event_subscriptions").one().at;
  }

  clearCache(): void {
    this.#isEmpty = undefined;
  }
}
