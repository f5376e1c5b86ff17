import type { HubState } from "../hub-state.ts";
import type { Rollbackable } from "../rollbackable.ts";
import { PushRows, type TopicPush } from "./push-rows.ts";
import { PushSummaries, type SummaryPush } from "./push-summaries.ts";

/** A push that is to be sent to one subscription. */
export type NextPush = TopicPush | SummaryPush;

export interface PushQueueOptions {
  /** Whether this server sends pushes. */
  isOn: boolean;
  /** How long a push waits while the user is active on a device, in ms. */
  graceMs: number;
}

/** More pushes of one subscription that wait become one summary. */
const maxWaiting = 50;

/** When each subscription has something to send, in ms since 1970. What a topic withdraws is due once nothing of the topic is unread. */
const lanesQuery = `
  SELECT id, max(retry_at, min(due)) AS at FROM (
    SELECT subscription_id AS id,
      coalesce(min(CASE WHEN state IN ('waiting', 'sending') THEN at END), CASE WHEN min(state = 'read') = 1 THEN min(at) END) AS due
    FROM pushes GROUP BY subscription_id, topic
    UNION ALL
    SELECT id, summary_at AS due FROM push_subscriptions WHERE summary_state IN ('waiting', 'sending', 'read')
  ) JOIN push_subscriptions USING (id) WHERE due IS NOT NULL GROUP BY id ORDER BY at`;

/**
 * Which notifications are to be pushed, were pushed, and are to be withdrawn, for each subscription. Call the methods that write within a
 * commit; the commit calls `settle` at its end.
 */
export class PushQueue implements Rollbackable {
  readonly #hub: HubState;
  readonly #sql: SqlStorage;
  readonly #options: PushQueueOptions;
  readonly #rows: PushRows;
  readonly #summaries: PushSummaries;
  #isChanged = false;

  constructor(hub: HubState, sql: SqlStorage, options: PushQueueOptions) {
    this.#hub = hub;
    this.#sql = sql;
    this.#options = options;
    this.#rows = new PushRows(sql);
    this.#summaries = new PushSummaries(hub, sql);
  }

  /** Whether there is a subscription, and this server sends pushes. */
  get isInUse(): boolean {
    return this.#options.isOn && this.#hub.pushSubscriptions.hasAny;
  }

  /** Queues a notification for each subscription. While pushes are held, it is deferred. */
  add(seq: number, topic: string, nowMs: number): void {
    if (!this.isInUse) return;
    if (this.heldUntil(nowMs) !== undefined) return this.defer(seq);
    this.#isChanged = true;
    this.#rows.insert(seq, topic, { at: this.#readyAt(nowMs), nowMs });
    for (const id of this.#rows.overfull(maxWaiting)) {
      const from = this.#rows.takeWaiting(id);
      if (from !== null) this.#summaries.queue(id, from, this.#readyAt(nowMs));
    }
  }

  /** Counts a notification in the next summary, instead of pushing it. */
  defer(seq: number): void {
    if (!this.isInUse) return;
    this.#isChanged = true;
    this.#summaries.defer(seq);
  }

  /** Drops the pushes of notifications that were read or deleted, and withdraws those that browsers may show. */
  close(which: { seqs: readonly number[] } | { upTo: number }, nowMs: number): void {
    if (!this.isInUse) return;
    this.#isChanged = true;
    this.#rows.close(which, nowMs);
    this.#summaries.close(nowMs);
  }

  /** Decides again what may be sent, after a change of the status or of the settings. */
  recheck(): void {
    this.#isChanged = true;
  }

  /** Returns whether something was changed since the last call. */
  takeChanged(): boolean {
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    return isChanged;
  }

  /**
   * Returns until when pushes are held: the end of quiet hours, in ms since 1970; infinite while the status is `dnd`. Undefined: they are sent.
   */
  heldUntil(nowMs: number): number | undefined {
    const { chosenStatus, notificationSettings } = this.#hub;
    if (chosenStatus.defersNotifications) return Number.POSITIVE_INFINITY;
    return notificationSettings.quietUntil(nowMs);
  }

  /** While pushes are held, defers those that wait. Otherwise queues a summary of the deferred ones. */
  settle(nowMs: number): void {
    if (!this.isInUse) return;
    if (this.heldUntil(nowMs) === undefined) return this.#summaries.release(this.#readyAt(nowMs));
    const from = this.#rows.takeWaiting();
    if (from !== null) this.#summaries.defer(from);
  }

  /** When a new push is to be sent: later while the user is active on a device, and may read the notification there. */
  #readyAt(nowMs: number): number {
    const { devices, notificationSettings } = this.#hub;
    const waits = devices.isPersonActive && !notificationSettings.current.pushWhenActive;
    return waits ? nowMs + this.#options.graceMs : nowMs;
  }

  /** When something is to be sent or decided next, in ms since 1970; null or infinite: nothing is scheduled. */
  nextAt(nowMs: number): number | null {
    if (!this.isInUse) return null;
    const isDeferred = this.#summaries.deferredFrom !== undefined;
    const [earliest] = this.#lanes();
    if (!earliest && !isDeferred) return null;
    return this.heldUntil(nowMs) ?? (isDeferred ? nowMs : (earliest?.at ?? null));
  }

  /** The ids of the subscriptions to which something is to be sent now, the earliest first. */
  dueSubscriptions(nowMs: number): string[] {
    if (!this.isInUse || this.heldUntil(nowMs) !== undefined) return [];
    return this.#lanes().flatMap(({ id, at }) => (at <= nowMs ? id : []));
  }

  #lanes(): { id: string; at: number }[] {
    return this.#sql.exec<{ id: string; at: number }>(lanesQuery).toArray();
  }

  /** Returns the next push of a subscription: notifications in their order, then withdrawals, then a summary. */
  next(id: string, nowMs: number): NextPush | undefined {
    return this.#rows.next(id, nowMs) ?? this.#summaries.next(id, nowMs);
  }

  /** Marks a push as being sent: from now on the browser may have it. */
  begin(id: string, push: NextPush): void {
    if (push.kind === "summary") this.#summaries.begin(id);
    else this.#rows.begin(id, push);
  }

  /** Records that the push service accepted a push. */
  confirm(id: string, push: NextPush): void {
    if (push.kind === "summary") this.#summaries.confirm(id, push);
    else this.#rows.confirm(id, push);
  }

  /** Records that the push service did not accept a push, which is to be sent again. */
  retract(id: string, push: NextPush): void {
    if (push.kind === "summary") this.#summaries.retract(id, push);
    else this.#rows.retract(id, push);
  }

  /** Removes a push that is not to be sent, or not again. */
  drop(id: string, push: NextPush): void {
    if (push.kind === "summary") this.#summaries.drop(id);
    else this.#rows.drop(id, push);
  }

  /** Returns the other unread notifications of the topic of a push that the browser may have: the newest ones. */
  pushedSeqs(id: string, push: TopicPush, limit: number): number[] {
    return this.#rows.pushedSeqs(id, push, limit);
  }

  /** Discards what memory holds after a rollback. */
  invalidate(): void {
    this.#isChanged = false;
  }
}
