import type { HubState } from "../hub-state.ts";
import type { PushSubscriptionRow } from "./push-subscriptions.ts";

/** A push that states how many notifications are unread of those from `from` to `to`. */
export interface SummaryPush {
  kind: "summary";
  /** 0: they were read, and the summary that the browser shows is to be closed. */
  count: number;
}

/**
 * The notifications that are pushed as one summary for each subscription instead of one by one: the first that is deferred, and the columns
 * `summary_…` of the subscriptions. Call the methods that write within a commit.
 */
export class PushSummaries {
  readonly #hub: HubState;
  readonly #sql: SqlStorage;

  constructor(hub: HubState, sql: SqlStorage) {
    this.#hub = hub;
    this.#sql = sql;
  }

  /** The first deferred notification; undefined if none is deferred. */
  get deferredFrom(): number | undefined {
    return this.#sql.exec<{ seq: number }>("SELECT from_seq AS seq FROM push_deferral").toArray()[0]?.seq;
  }

  /** Defers the notifications from this one on. */
  defer(seq: number): void {
    this.#sql.exec(
      "INSERT INTO push_deferral (one, from_seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET from_seq = min(from_seq, excluded.from_seq)",
      seq,
    );
  }

  /** Ends the deferral, and queues a summary for each subscription, to be sent at `at`, if deferred notifications are unread. */
  release(at: number): void {
    const from = this.deferredFrom;
    if (from === undefined) return;
    this.#sql.exec("DELETE FROM push_deferral");
    const { events, notifications, pushSubscriptions } = this.#hub;
    if (notifications.countUnread(from, events.head) > 0)
      for (const { id } of pushSubscriptions.list()) this.queue(id, from, at);
  }

  /** Queues a summary of the notifications from `from` on. It replaces one that was not sent, or not read, yet. */
  queue(subscriptionId: string, from: number, at: number): void {
    this.#sql.exec(
      `UPDATE push_subscriptions SET summary_from = min(coalesce(summary_from, ?1), ?1), summary_to = ?2, summary_state = 'waiting',
         summary_at = ?3 WHERE id = ?4`,
      from,
      this.#hub.events.head,
      at,
      subscriptionId,
    );
  }

  /** Marks the summaries that browsers may show, and whose notifications were all read or deleted. */
  close(nowMs: number): void {
    for (const subscription of this.#hub.pushSubscriptions.list())
      if (subscription.summaryState !== null && this.#unreadOf(subscription) === 0)
        this.#sql.exec(
          "UPDATE push_subscriptions SET summary_state = 'read', summary_at = ? WHERE id = ? AND summary_state IN ('sending', 'sent')",
          nowMs,
          subscription.id,
        );
  }

  /** Returns the summary that is to be sent to a subscription now. */
  next(subscriptionId: string, nowMs: number): SummaryPush | undefined {
    const subscription = this.#hub.pushSubscriptions.find(subscriptionId);
    if (!subscription) return undefined;
    const { summaryState, summaryAt } = subscription;
    if (summaryState === null || summaryState === "sent" || (summaryAt ?? 0) > nowMs) return undefined;
    const count = this.#unreadOf(subscription);
    if (count > 0 || summaryState !== "waiting") return { kind: "summary", count };
    this.drop(subscriptionId);
    return undefined;
  }

  #unreadOf({ summaryFrom, summaryTo }: PushSubscriptionRow): number {
    return this.#hub.notifications.countUnread(summaryFrom ?? 0, summaryTo ?? 0);
  }

  /** Marks a summary as being sent: from now on the browser may have it. */
  begin(subscriptionId: string): void {
    this.#changeState(subscriptionId, "waiting", "sending");
  }

  /** Records that the push service accepted a summary. */
  confirm(subscriptionId: string, { count }: SummaryPush): void {
    if (count === 0) this.drop(subscriptionId);
    else this.#changeState(subscriptionId, "sending", "sent");
  }

  /** Records that the push service did not accept a summary, which is to be sent again unless its notifications were read meanwhile. */
  retract(subscriptionId: string, { count }: SummaryPush): void {
    if (count === 0) return;
    this.#changeState(subscriptionId, "sending", "waiting");
    if (this.#hub.pushSubscriptions.find(subscriptionId)?.summaryState === "read") this.drop(subscriptionId);
  }

  /** Removes a summary that is not to be sent, or not again. */
  drop(subscriptionId: string): void {
    this.#sql.exec(
      "UPDATE push_subscriptions SET summary_from = NULL, summary_to = NULL, summary_state = NULL, summary_at = NULL WHERE id = ?",
      subscriptionId,
    );
  }

  #changeState(subscriptionId: string, before: string, after: string): void {
    this.#sql.exec(
      "UPDATE push_subscriptions SET summary_state = ? WHERE id = ? AND summary_state = ?",
      after,
      subscriptionId,
      before,
    );
  }
}
