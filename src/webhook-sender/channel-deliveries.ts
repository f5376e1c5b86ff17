import type { Config } from "../config.ts";
import type { RoomSubscriptionAnswer, SubscriptionReader } from "../domain/event-subscriptions.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import { type CallAgainAt, Outbox, type OutboxBatch, type OutboxQueue } from "../durable/outbox.ts";
import { AppError } from "../errors/app-error.ts";
import { failpoint } from "../lib/failpoint.ts";
import type { Attempt, EventSender } from "./event-sender.ts";
import { formatOf } from "./formats/index.ts";
import { findOwner } from "./owner-check.ts";
import type { SenderAlarmKey } from "./schema.ts";
import type { SubscribedChannels } from "./subscribed-channels.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

/** Channels whose events are sent at the same time. At most six connections of an invocation may wait for headers. */
const concurrency = 4;
/** For the owner's account, the room and the receiver, which has 10 s of it. */
const timeoutMs = 40_000;
/** How long the rows of running deliveries wait for the next alarm. */
const takeoverMs = 5_000;
/** The waits after failures of the server itself: D1 or a room does not answer. They do not count as failures of the receiver. */
const serverRetryBounds = { baseMs: 5_000, capMs: 60_000 };

interface ChannelBatch extends OutboxBatch {
  channelId: string;
  epoch: string;
  position: number;
  wakes: number;
  failingSince: number | null;
  /** What `send` found, for `confirm`. */
  reached?: { epoch: string; position: number; isIdle: boolean };
  /** Of an attempt that the receiver did not accept. */
  failed?: Attempt;
}

/**
 * Sends the events of each channel in order, one after the other. What is pending is not copied: a channel has a position in its room's log, from
 * which the next event is read. So a receiver that fails for a day costs one row for each channel, however busy it is. Channels are
 * independent of each other.
 *
 * The position moves after the receiver has accepted the event. If the process dies in between, the event is sent again, with the same id.
 */
export class ChannelDeliveries implements OutboxQueue<ChannelBatch>, AlarmTask {
  readonly #env: Env;
  readonly #config: Config;
  readonly #store: SubscriptionStore;
  readonly #channels: SubscribedChannels;
  readonly #sender: EventSender;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;
  readonly #outbox: Outbox<ChannelBatch>;
  #sending = 0;

  constructor({
    env,
    config,
    store,
    channels,
    sender,
    alarms,
  }: {
    env: Env;
    config: Config;
    store: SubscriptionStore;
    channels: SubscribedChannels;
    sender: EventSender;
    alarms: AlarmScheduler<SenderAlarmKey>;
  }) {
    this.#env = env;
    this.#config = config;
    this.#store = store;
    this.#channels = channels;
    this.#sender = sender;
    this.#alarms = alarms;
    this.#outbox = new Outbox(this, {
      name: "subscription",
      concurrency,
      timeoutMs,
      // After a failure of the receiver, `postpone` uses the wait of the format instead.
      backoff: serverRetryBounds,
    });
  }

  /** Starts to read channels that have events, or may have. */
  start(channelIds: readonly string[]): void {
    this.schedule(Date.now(), true);
    void this.#outbox.deliver(channelIds);
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  dueLanes(nowMs: number): string[] {
    return this.#store.isActive ? this.#channels.dueIds(nowMs) : [];
  }

  take(channelId: string, nowMs: number): ChannelBatch | undefined {
    return this.#store.isActive ? this.#channels.due(channelId, nowMs) : undefined;
  }

  /** Whether an attempt is in progress. */
  get isBusy(): boolean {
    return this.#sending > 0;
  }

  async send(batch: ChannelBatch): Promise<CallAgainAt> {
    this.#sending++;
    try {
      return await this.#send(batch);
    } finally {
      this.#sending--;
    }
  }

  async #send(batch: ChannelBatch): Promise<CallAgainAt> {
    const { ownerId } = this.#store.current;
    const reader = await findOwner(this.#env, ownerId);
    if (!reader) {
      this.#store.stop("owner_suspended", Date.now());
      return undefined;
    }
    const read = await this.#read(batch, reader);
    if (!read) return undefined;
    const { event, epoch, position, isIdle } = read;
    // Changed, paused or deleted during the calls.
    if (!this.#store.isActive) return undefined;
    if (event) {
      const attempt = await this.#sender.send(event, { epoch, attempts: batch.attempts });
      failpoint("subscription:after-send");
      if (attempt.error !== null) {
        batch.failed = attempt;
        throw new ReceiverFailed(attempt.error);
      }
    }
    batch.reached = { epoch, position, isIdle };
    return undefined;
  }

  /** Reads the next event. Undefined, and the channel is no longer subscribed, if the owner may not read it. */
  async #read(batch: ChannelBatch, reader: SubscriptionReader): Promise<RoomSubscriptionAnswer | undefined> {
    const { ownerId } = this.#store.current;
    try {
      return await this.#channels.readNext(batch, reader);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "not_found") throw error;
      // Suspended between the two calls: then the subscription is not ended by this.
      if (!(await findOwner(this.#env, ownerId))) this.#store.stop("owner_suspended", Date.now());
      else await this.#channels.unsubscribe(batch.channelId);
      return undefined;
    }
  }

  confirm({ channelId, wakes, reached }: ChannelBatch): void {
    if (reached) this.#channels.advance(channelId, reached, wakes);
    failpoint("subscription:after-position");
  }

  postpone(batch: ChannelBatch, at: number, attempts: number): void {
    const { channelId, failed, failingSince } = batch;
    const nowMs = Date.now();
    if (!failed) return this.#channels.postpone(channelId, at, batch.attempts);
    const since = failingSince ?? failed.atMs;
    const after = formatOf(this.#store.current).afterFailure({
      attempts,
      failingForMs: nowMs - since,
      status: failed.status,
      retryAfterMs: failed.retryAfterMs,
      retryMs: this.#config.WEBHOOK_RETRY_MS,
    });
    if (typeof after === "object")
      return this.#channels.postponeFailing(channelId, { at: nowMs + after.retryInMs, attempts, since });
    this.#sender.giveUp(failed);
    if (after === "skip_event") {
      const { epoch, event } = failed;
      return this.#channels.advance(channelId, { epoch, position: event.seq, isIdle: false }, batch.wakes);
    }
    if (this.#store.isActive) this.#store.stop(failed.status === 410 ? "gone" : "failing", nowMs);
  }

  schedule(nowMs: number, isDelivering = false): void {
    const at = this.#store.isActive ? this.#channels.nextAt() : null;
    if (at === null) this.#alarms.clear("deliveries");
    else this.#alarms.set("deliveries", isDelivering ? Math.max(at, nowMs + takeoverMs) : at);
  }
}

class ReceiverFailed extends Error {
  override readonly name = "ReceiverFailed";
}
