import type { Migration } from "../../durable/migrations.ts";

export const createWebhookSubscriptions: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE webhook_subscriptions (
      webhook_id TEXT PRIMARY KEY,
      position INTEGER NOT NULL,
      known INTEGER NOT NULL,
      at INTEGER,
      attempts INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`);
};

/** A webhook that is to be woken. */
export interface DueWake {
  webhookId: string;
  attempts: number;
}

/**
 * The webhooks that are sent events of this channel. A webhook's sender reads the log from its own position; the room only wakes it when there
 * is something to read. For that it stores, of each, `position`: where the last read began, and `known`: the head of the log that the sender
 * knows. A sender whose position is before what it knows continues by itself, so however far it is behind, it is not called.
 */
export class WebhookSubscriptionTable {
  readonly #sql: SqlStorage;
  #isEmpty: boolean | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether the channel has no webhooks. In memory after the first call, so that a room without webhooks pays nothing for them. */
  get isEmpty(): boolean {
    return (this.#isEmpty ??=
      this.#sql.exec("SELECT 1 FROM webhook_subscriptions LIMIT 1").toArray().length === 0);
  }

  /** Adds a webhook, unless it is there already. It reads from `position` on without being woken. */
  insert(webhookId: string, position: number, head: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO webhook_subscriptions (webhook_id, position, known) VALUES (?, ?, ?)",
      webhookId,
      position,
      // More than the position even if the log has no further event: the first read makes the subscription idle.
      Math.max(head, position + 1),
    );
    this.#isEmpty = false;
  }

  has(webhookId: string): boolean {
    return (
      !this.isEmpty &&
      this.#sql.exec("SELECT 1 FROM webhook_subscriptions WHERE webhook_id = ?", webhookId).toArray().length >
        0
    );
  }

  delete(webhookId: string): void {
    this.#sql.exec("DELETE FROM webhook_subscriptions WHERE webhook_id = ?", webhookId);
    this.#isEmpty = undefined;
  }

  /** Stores a read: up to `position` the sender has everything, and it knows of the events up to `known`. */
  recordRead(webhookId: string, position: number, known: number): void {
    this.#sql.exec(
      "UPDATE webhook_subscriptions SET position = ?, known = ? WHERE webhook_id = ?",
      position,
      known,
      webhookId,
    );
  }

  /** Marks the idle webhooks that do not know of the head as due. Returns their ids. */
  markDue(head: number, nowMs: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "UPDATE webhook_subscriptions SET at = ?1 WHERE at IS NULL AND position >= known AND known < ?2 RETURNING webhook_id AS id",
        nowMs,
        head,
      )
      .toArray()
      .map(({ id }) => id);
  }

  dueIds(nowMs: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT webhook_id AS id FROM webhook_subscriptions WHERE at <= ? ORDER BY at",
        nowMs,
      )
      .toArray()
      .map(({ id }) => id);
  }

  due(webhookId: string, nowMs: number): DueWake | undefined {
    return this.#sql
      .exec<{ webhookId: string; attempts: number }>(
        "SELECT webhook_id AS webhookId, attempts FROM webhook_subscriptions WHERE webhook_id = ? AND at <= ?",
        webhookId,
        nowMs,
      )
      .toArray()[0];
  }

  /** Stores that a webhook was woken and knows of the events up to `head`, unless it has read further meanwhile. */
  confirmWake(webhookId: string, head: number): void {
    this.#sql.exec(
      "UPDATE webhook_subscriptions SET known = max(known, ?), at = NULL, attempts = 0 WHERE webhook_id = ?",
      head,
      webhookId,
    );
  }

  postpone(webhookId: string, at: number, attempts: number): void {
    this.#sql.exec(
      "UPDATE webhook_subscriptions SET at = ?, attempts = ? WHERE webhook_id = ?",
      at,
      attempts,
      webhookId,
    );
  }

  /** The time of the next wake; null if none is due. */
  nextAt(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM webhook_subscriptions").one().at;
  }

  clearCache(): void {
    this.#isEmpty = undefined;
  }
}
