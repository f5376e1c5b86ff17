/** A notification that is pushed, or whose topic is withdrawn. */
export interface TopicPush {
  /** `read`: all notifications of the topic up to `seq` that were pushed were read or deleted. */
  kind: "notification" | "read";
  seq: number;
  topic: string;
}

/** Pushed notifications of one subscription that are unread and remembered, so that they can be withdrawn: the newest ones. */
const maxSent = 100;
/** A push that could not be sent for this long is dropped. */
const maxAgeMs = 24 * 3_600_000;

const isOfAnySubscription = "subscription_id IN (SELECT id FROM push_subscriptions)";
const isPush = "subscription_id = ? AND seq = ?";

/** The table `pushes`, which `createPush` describes. Call the methods that write within a commit. */
export class PushRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Queues a notification for each subscription, to be sent at `at`. */
  insert(seq: number, topic: string, { at, nowMs }: { at: number; nowMs: number }): void {
    this.#sql.exec(
      `INSERT INTO pushes (subscription_id, seq, topic, state, at, created_at)
       SELECT id, ?, ?, 'waiting', ?, ? FROM push_subscriptions`,
      seq,
      topic,
      at,
      nowMs,
    );
  }

  /** Drops the pushes of closed notifications, and marks those that browsers may show. */
  close(which: { seqs: readonly number[] } | { upTo: number }, nowMs: number): void {
    const [condition, value] =
      "seqs" in which
        ? (["seq IN (SELECT value FROM json_each(?))", JSON.stringify(which.seqs)] as const)
        : (["seq <= ?", which.upTo] as const);
    const where = `${isOfAnySubscription} AND ${condition}`;
    this.#sql.exec(`DELETE FROM pushes WHERE ${where} AND state = 'waiting'`, value);
    this.#sql.exec(
      `UPDATE pushes SET state = 'read', at = ? WHERE ${where} AND state IN ('sending', 'sent')`,
      nowMs,
      value,
    );
  }

  /** Removes what waits, of one subscription or of all; returns its first notification. */
  takeWaiting(subscriptionId?: string): number | null {
    const where = subscriptionId === undefined ? "?1 IS NULL" : "subscription_id = ?1";
    const id = subscriptionId ?? null;
    const { seq } = this.#sql
      .exec<{ seq: number | null }>(
        `SELECT min(seq) AS seq FROM pushes WHERE ${where} AND state IN ('waiting', 'sending')`,
        id,
      )
      .one();
    this.#sql.exec(`DELETE FROM pushes WHERE ${where} AND state = 'waiting'`, id);
    this.#sql.exec(`UPDATE pushes SET state = 'sent' WHERE ${where} AND state = 'sending'`, id);
    return seq;
  }

  /** The subscriptions for which more than `limit` pushes wait. */
  overfull(limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT subscription_id AS id FROM pushes WHERE state = 'waiting' GROUP BY subscription_id HAVING count(*) > ?",
        limit,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /**
   * Returns the next push of a subscription: notifications in their order, then withdrawals. A topic is withdrawn only when all of it was read,
   * because a push service replaces what it has not delivered by the next push of the same topic.
   */
  next(subscriptionId: string, nowMs: number): TopicPush | undefined {
    this.#sql.exec(
      "DELETE FROM pushes WHERE subscription_id = ? AND state = 'waiting' AND created_at < ?",
      subscriptionId,
      nowMs - maxAgeMs,
    );
    const [due] = this.#sql
      .exec<{ seq: number; topic: string }>(
        "SELECT seq, topic FROM pushes WHERE subscription_id = ? AND state IN ('waiting', 'sending') AND at <= ? ORDER BY seq LIMIT 1",
        subscriptionId,
        nowMs,
      )
      .toArray();
    if (due) return { kind: "notification", ...due };
    const [read] = this.#sql
      .exec<{ topic: string; seq: number }>(
        `SELECT topic, max(seq) AS seq FROM pushes WHERE subscription_id = ? GROUP BY topic HAVING min(state = 'read') = 1
         ORDER BY 2 LIMIT 1`,
        subscriptionId,
      )
      .toArray();
    return read && { kind: "read", ...read };
  }

  /** Marks a push as being sent: from now on the browser may have it. */
  begin(subscriptionId: string, { kind, seq }: TopicPush): void {
    if (kind === "notification")
      this.#sql.exec(
        `UPDATE pushes SET state = 'sending' WHERE ${isPush} AND state = 'waiting'`,
        subscriptionId,
        seq,
      );
  }

  /** Records that the push service accepted a push. A notification that was read meanwhile stays, to be withdrawn. */
  confirm(subscriptionId: string, push: TopicPush): void {
    if (push.kind === "read") return this.drop(subscriptionId, push);
    const { seq, topic } = push;
    this.#sql.exec(
      `UPDATE pushes SET state = 'sent' WHERE ${isPush} AND state = 'sending'`,
      subscriptionId,
      seq,
    );
    // The payload had listed what is unread of the topic.
    this.#sql.exec(
      "DELETE FROM pushes WHERE subscription_id = ? AND topic = ? AND state = 'read' AND seq < ?",
      subscriptionId,
      topic,
      seq,
    );
    this.#sql.exec(
      `DELETE FROM pushes WHERE subscription_id = ?1 AND state = 'sent' AND seq <= (
         SELECT seq FROM pushes WHERE subscription_id = ?1 AND state = 'sent' ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
      subscriptionId,
      maxSent,
    );
  }

  /** Records that the push service did not accept a push, which is to be sent again. */
  retract(subscriptionId: string, { kind, seq }: TopicPush): void {
    if (kind === "read") return;
    this.#sql.exec(
      `UPDATE pushes SET state = 'waiting' WHERE ${isPush} AND state = 'sending'`,
      subscriptionId,
      seq,
    );
    this.#sql.exec(`DELETE FROM pushes WHERE ${isPush} AND state = 'read'`, subscriptionId, seq);
  }

  /** Removes a push that is not to be sent, or not again. */
  drop(subscriptionId: string, { kind, seq, topic }: TopicPush): void {
    if (kind === "notification") this.#sql.exec(`DELETE FROM pushes WHERE ${isPush}`, subscriptionId, seq);
    else
      this.#sql.exec(
        "DELETE FROM pushes WHERE subscription_id = ? AND topic = ? AND state = 'read' AND seq <= ?",
        subscriptionId,
        topic,
        seq,
      );
  }

  /** Returns the other unread notifications of the topic of a push that the browser may have: the newest ones. */
  pushedSeqs(subscriptionId: string, { topic, seq }: TopicPush, limit: number): number[] {
    return this.#sql
      .exec<{ seq: number }>(
        `SELECT seq FROM pushes WHERE subscription_id = ? AND topic = ? AND seq <> ? AND state IN ('sending', 'sent')
         ORDER BY seq DESC LIMIT ?`,
        subscriptionId,
        topic,
        seq,
        limit,
      )
      .toArray()
      .map((row) => row.seq);
  }
}
