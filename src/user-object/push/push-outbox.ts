import type { Config } from "../../config.ts";
import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { type CallAgainAt, Outbox, type OutboxBatch, type OutboxQueue } from "../../durable/outbox.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { HubState } from "../hub-state.ts";
import { makePushMessage, type PushMessage } from "./push-message.ts";
import type { NextPush } from "./push-queue.ts";
import { type PushOutcome, PushSender } from "./push-sender.ts";
import type { PushSubscriptionRow } from "./push-subscriptions.ts";

interface PushBatch extends OutboxBatch {
  subscription: PushSubscriptionRow;
  push: NextPush;
  message: PushMessage;
  /** What the push service answered; undefined without an answer in time. */
  outcome?: PushOutcome;
}

/** The alarm tries again this much later, in case the object crashes while a push is being sent. */
const takeoverMs = 5_000;
/** A push that failed this often in a row is dropped. After that, further ones are sent once each, until one is accepted. */
const maxAttempts = 12;
/** A subscription whose push service failed for this long is deleted. */
const maxFailingMs = 7 * 24 * 3_600_000;
/** The longest time that a push service can ask to wait. */
const maxRetryAfterMs = 24 * 3_600_000;
/** The least time between two attempts to spend a unit of the quota that is used up. */
const quotaRetryMs = 60_000;
/** Pushes that one transaction drops at most, because their notifications were read or their browser does not accept them. */
const maxSkipped = 200;
/** Push services whose browsers end a subscription after a few pushes that show no notification. */
const hostsWithoutSilentPushes = /(?:^|\.)push\.apple\.com$/;

/**
 * Sends the pushes of the user, at least once. A lane is a subscription: its pushes are sent one after the other, and wait together when its
 * push service fails. `Topic` makes a repeated push replace the first one.
 *
 * A commit that changes what is to be sent calls `prepare` at its end and `start` afterwards.
 */
export class PushOutbox implements OutboxQueue<PushBatch>, AlarmTask {
  readonly #hub: HubState;
  readonly #config: Config;
  readonly #sender: PushSender;
  readonly #outbox: Outbox<PushBatch>;
  #isPrepared = false;

  constructor(hub: HubState, config: Config) {
    this.#hub = hub;
    this.#config = config;
    this.#sender = new PushSender(config);
    this.#outbox = new Outbox(this, {
      name: "push",
      concurrency: 4,
      timeoutMs: 15_000,
      backoff: { baseMs: 5_000, capMs: 3_600_000 },
    });
  }

  /** Decides what is to be sent after a change, and sets the alarm, in the transaction of the change. */
  prepare(): void {
    const { pushes } = this.#hub;
    if (!pushes.takeChanged()) return;
    const nowMs = Date.now();
    pushes.settle(nowMs);
    this.schedule(nowMs, true);
    this.#isPrepared = true;
  }

  /** Sends what is due, after the transaction of the change. */
  start(): void {
    if (!this.#isPrepared) return;
    this.#isPrepared = false;
    const due = this.dueLanes(Date.now());
    if (due.length > 0) void this.#outbox.deliver(due);
  }

  /** Ends quiet hours, and sends what is due. */
  async onAlarm(nowMs: number): Promise<void> {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    hub.commit(() => hub.pushes.settle(nowMs));
    await this.#outbox.onAlarm(nowMs);
  }

  dueLanes(nowMs: number): string[] {
    const hub = this.#hub;
    return hub.exists && !hub.isErased ? hub.pushes.dueSubscriptions(nowMs) : [];
  }

  take(subscriptionId: string, nowMs: number): PushBatch | undefined {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased || !hub.pushes.isInUse) return undefined;
    const subscription = hub.pushSubscriptions.find(subscriptionId);
    if (!subscription || subscription.retryAt > nowMs || hub.pushes.heldUntil(nowMs) !== undefined)
      return undefined;
    const batch = hub.commit(() => this.#begin(subscription, nowMs));
    if (batch) failpoint("hub:before-push");
    return batch;
  }

  #begin(subscription: PushSubscriptionRow, nowMs: number): PushBatch | undefined {
    const { pushes, quotas } = this.#hub;
    const { id, attempts, failingSince } = subscription;
    if (!this.#mayReceive(subscription, nowMs)) return undefined;
    for (let skipped = 0; skipped < maxSkipped; skipped++) {
      const push = pushes.next(id, nowMs);
      if (!push) return undefined;
      const message = isAcceptable(subscription, push)
        ? makePushMessage(this.#hub, this.#config, id, push, nowMs)
        : undefined;
      if (!message) {
        pushes.drop(id, push);
        continue;
      }
      const waitMs = quotas.trySpend("pushes", nowMs);
      if (waitMs === 0) {
        pushes.begin(id, push);
        return { subscription, push, message, attempts };
      }
      const retryAt = nowMs + Math.max(waitMs, quotaRetryMs);
      this.#hub.pushSubscriptions.postpone(id, { retryAt, attempts, failingSince });
      return undefined;
    }
    return undefined;
  }

  /** Whether the session of a subscription is live, and has what the workspace requires. Deletes the subscription of any other. */
  #mayReceive({ id, sessionId, expiresAt }: PushSubscriptionRow, nowMs: number): boolean {
    const hub = this.#hub;
    const session = hub.liveSession(sessionId);
    if (session && !hub.isRestricted(session) && (expiresAt ?? nowMs + 1) > nowMs) return true;
    hub.pushSubscriptions.remove(id);
    return false;
  }

  async send(batch: PushBatch): Promise<CallAgainAt> {
    batch.outcome = await this.#sender.send(batch.subscription, batch.message);
    failpoint("hub:after-push");
    if (batch.outcome.kind === "failed") throw new PushFailed("The push service did not accept a push");
    return undefined;
  }

  confirm({ subscription, push, outcome }: PushBatch): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const { id } = subscription;
    hub.commit(() => {
      const { pushes, pushSubscriptions } = hub;
      if (outcome?.kind === "gone") pushSubscriptions.remove(id);
      else if (outcome?.kind === "rejected") {
        pushes.drop(id, push);
        pushSubscriptions.recordRejection(id);
      } else {
        pushes.confirm(id, push);
        pushSubscriptions.recordSuccess(subscription, Date.now());
      }
    });
  }

  postpone({ subscription, push, outcome }: PushBatch, at: number, attempts: number): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const nowMs = Date.now();
    const { id } = subscription;
    const failingSince = subscription.failingSince ?? nowMs;
    const failure = outcome?.kind === "failed" ? outcome : undefined;
    const retryAfterMs = Math.min(failure?.retryAfterMs ?? 0, maxRetryAfterMs);
    hub.commit(() => {
      const { pushes, pushSubscriptions } = hub;
      if (nowMs - failingSince > maxFailingMs) return void pushSubscriptions.remove(id);
      if (attempts >= maxAttempts) pushes.drop(id, push);
      else if (failure?.isKnown) pushes.retract(id, push);
      pushSubscriptions.postpone(id, { retryAt: Math.max(at, nowMs + retryAfterMs), attempts, failingSince });
    });
  }

  schedule(nowMs: number, isDelivering = false): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const at = hub.pushes.nextAt(nowMs);
    hub.scheduleTask("push", at !== null && isDelivering ? Math.max(at, nowMs + takeoverMs) : at, nowMs);
  }
}

/** Whether the browser of a subscription accepts a push. */
function isAcceptable({ endpoint }: PushSubscriptionRow, push: NextPush): boolean {
  const isSilent = push.kind === "read" || (push.kind === "summary" && push.count === 0);
  return !isSilent || !hostsWithoutSilentPushes.test(new URL(endpoint).hostname);
}

class PushFailed extends Error {
  override readonly name = "PushFailed";
}
