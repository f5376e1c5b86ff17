import type { AlarmScheduler, AlarmTask } from "../../durable/alarm-scheduler.ts";
import { Outbox, type OutboxBatch, type OutboxQueue } from "../../durable/outbox.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, webhookSenderOf } from "../../rpc/stubs.ts";
import type { RoomAlarmKey } from "../alarm-tasks.ts";
import type { ProjectionContext } from "../projections/projection-context.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** The alarm wakes senders this long after their rows were marked, in case the object crashes before it does. */
const takeoverMs = 5_000;

interface Wake extends OutboxBatch {
  subscriptionId: string;
  head: number;
}

/**
 * Wakes the senders of subscriptions until they confirm. A lane is a subscription, so that a sender that does not answer delays no other. A sender that
 * is woken twice reads nothing the second time.
 */
export class WakeOutbox implements OutboxQueue<Wake>, AlarmTask {
  static readonly key = "subscriptionWakes";
  readonly #env: Env;
  readonly #room: StoredRoomState;
  readonly #storage: DurableObjectStorage;
  readonly #alarms: AlarmScheduler<RoomAlarmKey>;
  readonly #outbox: Outbox<Wake>;

  constructor({ env, room, storage, alarms }: ProjectionContext) {
    this.#env = env;
    this.#room = room;
    this.#storage = storage;
    this.#alarms = alarms;
    this.#outbox = new Outbox(this, {
      name: "subscription_wakes",
      concurrency: 6,
      timeoutMs: 10_000,
      backoff: { baseMs: 500, capMs: 60_000 },
    });
  }

  /** Marks the senders that do not know of the events up to `head` and starts to wake them. */
  wake(head: number): void {
    const nowMs = Date.now();
    const due = this.#storage.transactionSync(() => {
      const ids = this.#room.subscriptions.markDue(head, nowMs);
      if (ids.length > 0) this.#alarms.setNoLaterThan(WakeOutbox.key, nowMs + takeoverMs);
      return ids;
    });
    if (due.length > 0) void this.#outbox.deliver(due);
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  dueLanes(nowMs: number): string[] {
    return this.#room.subscriptions.dueIds(nowMs);
  }

  take(subscriptionId: string, nowMs: number): Wake | undefined {
    const due = this.#room.subscriptions.due(subscriptionId, nowMs);
    return due && { ...due, head: this.#room.log.head };
  }

  async send({ subscriptionId }: Wake): Promise<undefined> {
    const channelId = this.#room.channel.id;
    failpoint("room:before-wake");
    const { isSubscribed } = await callObject(() =>
      webhookSenderOf(this.#env, subscriptionId).wake(channelId),
    );
    failpoint("room:after-wake");
    if (!isSubscribed) this.#room.subscriptions.delete(subscriptionId);
  }

  confirm({ subscriptionId, head }: Wake): void {
    const { subscriptions, log } = this.#room;
    subscriptions.confirmWake(subscriptionId, head);
    // The sender may have read everything during the call, and an event may have followed.
    if (log.head > head) subscriptions.markDue(log.head, Date.now());
  }

  postpone({ subscriptionId }: Wake, at: number, attempts: number): void {
    this.#room.subscriptions.postpone(subscriptionId, at, attempts);
  }

  schedule(nowMs: number, isDelivering: boolean): void {
    const at = this.#room.subscriptions.nextAt();
    if (at === null) this.#alarms.clear(WakeOutbox.key);
    else this.#alarms.set(WakeOutbox.key, Math.max(at, isDelivering ? nowMs + takeoverMs : nowMs));
  }
}
