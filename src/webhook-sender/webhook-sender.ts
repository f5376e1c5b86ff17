import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import type {
  SubscriptionChange,
  SubscriptionDefinition,
  SubscriptionReader,
  SubscriptionRecord,
} from "../domain/event-subscriptions.ts";
import { AlarmScheduler, type AlarmTasks } from "../durable/alarm-scheduler.ts";
import { isBlank, migrate } from "../durable/migrations.ts";
import { notFound, reject } from "../errors/app-error.ts";
import { deleteEventSubscriptionRow, insertSubscriptionRow } from "../features/event-subscriptions/index.ts";
import { failpoint } from "../lib/failpoint.ts";
import { inParallel, settledWithin } from "../lib/parallel.ts";
import type { EventDelivery } from "../protocol/index.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import { ChannelDeliveries } from "./channel-deliveries.ts";
import { ChannelSync } from "./channel-sync.ts";
import { DatabaseRecord } from "./database-record.ts";
import { DeliveryLog } from "./delivery-log.ts";
import { DisabledNotice } from "./disabled-notice.ts";
import { EventSender } from "./event-sender.ts";
import { formatOf, subscriptionFormats } from "./formats/index.ts";
import { findOwner } from "./owner-check.ts";
import { type SenderAlarmKey, senderMigrations } from "./schema.ts";
import { SubscribedChannels } from "./subscribed-channels.ts";
import { SubscriptionStore } from "./subscription-store.ts";

/** A subscription whose creation has not finished after this time was not created: its caller has received an error or nothing. */
const creationMs = 60_000;
const recordTimeoutMs = 2_000;
const subscribeConcurrency = 6;
/** The object is deleted after the attempts that are in progress. */
const busyRetryMs = 2_000;

/**
 * Sends the events of one subscription, named by its id. It has the subscription's definition, its secrets and its position in each channel; D1 has a row
 * for lists. There is an object for each subscription, so that a slow receiver delays no other.
 *
 * Rooms wake it when there are events (`wake`). It reads them from the room as the subscription's owner, posts them, and moves its position.
 */
export class WebhookSender extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;
  readonly #store: SubscriptionStore;
  readonly #channels: SubscribedChannels;
  readonly #log: DeliveryLog;
  readonly #sender: EventSender;
  readonly #deliveries: ChannelDeliveries;
  readonly #sync: ChannelSync;
  readonly #record: DatabaseRecord;
  readonly #tasks: AlarmTasks<SenderAlarmKey>;
  #isBlank: boolean;
  #isRedelivering = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    const { sql } = storage;
    const config = configOf(env);
    this.#storage = storage;
    this.#isBlank = isBlank(sql);
    if (!this.#isBlank) migrate(storage, senderMigrations);
    const alarms = new AlarmScheduler<SenderAlarmKey>(storage);
    const store = new SubscriptionStore(sql, alarms);
    const channels = new SubscribedChannels(env, sql, store);
    this.#alarms = alarms;
    this.#store = store;
    this.#channels = channels;
    this.#log = new DeliveryLog(sql);
    this.#sender = new EventSender(env, config, store, this.#log);
    const sender = this.#sender;
    const deliveries = new ChannelDeliveries({ env, config, store, channels, sender, alarms });
    this.#deliveries = deliveries;
    this.#sync = new ChannelSync({
      env,
      store,
      channels,
      alarms,
      onSubscribed: (ids) => deliveries.start(ids),
      onEnded: () => this.#destroy(),
    });
    this.#record = new DatabaseRecord(env, store, alarms);
    this.#tasks = {
      deliveries,
      channels: this.#sync,
      record: this.#record,
      notice: new DisabledNotice(env, store, alarms),
      creation: { onAlarm: () => this.#beginDeletion() },
    };
  }

  /**
   * Creates the subscription, subscribes to the channels that it names, and returns its secret. If the process dies or a call fails before the end, the
   * alarm deletes the subscription, since its caller has no response.
   *
   * @param chosenSecret the secret that the receiver has already; by default a new one
   * @throws `conflict` at the limits; `not_found` if the owner may not read one of the channels
   */
  async create(
    definition: SubscriptionDefinition,
    reader: SubscriptionReader,
    chosenSecret?: string,
  ): Promise<RpcResult<{ subscription: SubscriptionRecord; secret: string }>> {
    return toRpcResult(async () => {
      if (!this.#isBlank) reject("conflict", "This subscription exists");
      if (!subscriptionFormats[definition.format])
        reject("conflict", `Subscriptions of the format ${definition.format} are not supported`);
      const nowMs = Date.now();
      const secret = chosenSecret ?? formatOf(definition).newSecret();
      migrate(this.#storage, senderMigrations);
      this.#isBlank = false;
      this.#storage.transactionSync(() => {
        this.#store.insert(definition, secret);
        this.#alarms.set("creation", nowMs + creationMs);
      });
      try {
        await insertSubscriptionRow(this.env, configOf(this.env), this.#store.record);
        failpoint("subscription:after-insert");
        await inParallel(definition.channelIds ?? [], subscribeConcurrency, (id) =>
          this.#channels.subscribe(id, reader),
        );
      } catch (error) {
        this.#alarms.set("creation", Date.now());
        throw error;
      }
      this.#storage.transactionSync(() => {
        this.#store.setPhase("created");
        this.#alarms.clear("creation");
        this.#alarms.set("channels", Date.now());
      });
      this.#deliveries.start(definition.channelIds ?? []);
      return { subscription: this.#store.record, secret };
    });
  }

  /** @throws `not_found` */
  async describe(): Promise<RpcResult<SubscriptionRecord>> {
    return toRpcResult(() => {
      this.#requireCreated();
      return this.#store.record;
    });
  }

  /** Changes what is given, pauses or activates. @throws `not_found` */
  async update(change: SubscriptionChange): Promise<RpcResult<SubscriptionRecord>> {
    return toRpcResult(async () => {
      this.#requireCreated();
      this.#storage.transactionSync(() => this.#store.change(change, Date.now()));
      await this.#writeRecord();
      return this.#store.record;
    });
  }

  /** Replaces the secret. Until the overlap ends, requests are signed with the former one too. @throws `not_found` */
  async rotate(): Promise<RpcResult<{ subscription: SubscriptionRecord; secret: string }>> {
    return toRpcResult(async () => {
      this.#requireCreated();
      const secret = formatOf(this.#store.current).newSecret();
      const { WEBHOOK_SECRET_OVERLAP_MS: overlapMs } = configOf(this.env);
      this.#storage.transactionSync(() => this.#store.rotate(secret, overlapMs, Date.now()));
      await this.#writeRecord();
      return { subscription: this.#store.record, secret };
    });
  }

  /** Lists the last deliveries, newest first. @throws `not_found` */
  async deliveries(): Promise<RpcResult<EventDelivery[]>> {
    return toRpcResult(() => {
      this.#requireCreated();
      return this.#log.list();
    });
  }

  /**
   * Sends a delivery again, once. The event is read from the room, as it is now and if the owner may read it now.
   *
   * @throws `not_found`; `conflict` while another one is in progress, or if the owner is suspended
   */
  async redeliver(deliveryId: string): Promise<RpcResult<EventDelivery>> {
    return toRpcResult(async () => {
      this.#requireCreated();
      const { channelId, seq, attempts } = this.#log.find(deliveryId) ?? notFound("delivery");
      if (this.#isRedelivering) reject("conflict", "Another delivery is being repeated; try again");
      this.#isRedelivering = true;
      try {
        const reader =
          (await findOwner(this.env, this.#store.current.ownerId)) ??
          reject("conflict", "The account of the owner is suspended");
        const { event, epoch } = await this.#channels.readAgain(channelId, reader, seq);
        if (!event) return notFound("delivery");
        const attempt = await this.#sender.send(event, { epoch, attempts, isLast: true });
        return this.#log.find(attempt.deliveryId) ?? notFound("delivery");
      } finally {
        this.#isRedelivering = false;
      }
    });
  }

  /** Deletes the subscription. Nothing is sent afterwards; rooms are unsubscribed in the background. May be repeated. */
  async remove(subscriptionId: string): Promise<RpcResult<null>> {
    return toRpcResult(async () => {
      if (this.#isBlank) await deleteEventSubscriptionRow(this.env, subscriptionId);
      else {
        this.#beginDeletion();
        await this.#writeRecord();
      }
      return null;
    });
  }

  /** Reports that a room's log has grown. Returns whether the room is to go on reporting. May be repeated. */
  async wake(channelId: string): Promise<{ isSubscribed: boolean }> {
    if (this.#isBlank || !this.#store.isActive) return { isSubscribed: false };
    // A channel without a row is being subscribed; its first read follows.
    if (this.#channels.has(channelId) && this.#channels.wake(channelId, Date.now()))
      this.#deliveries.start([channelId]);
    return { isSubscribed: true };
  }

  /** Reports that a public channel was created. A subscription that misses the call finds the channel within 15 min. */
  async discover(channelId: string): Promise<void> {
    if (!this.#isBlank && this.#store.current.phase === "created") await this.#sync.add(channelId);
  }

  override async alarm(): Promise<void> {
    if (!this.#isBlank) await this.#alarms.run(this.#tasks);
  }

  #requireCreated(): void {
    if (this.#isBlank || this.#store.current.phase !== "created") notFound("subscription");
  }

  /** Writes the row in D1 now, so that the caller's next list has it. If D1 does not answer, the alarm does it. */
  async #writeRecord(): Promise<void> {
    await settledWithin(this.#record.onAlarm(), recordTimeoutMs).catch(() => {});
  }

  #beginDeletion(): void {
    const nowMs = Date.now();
    this.#storage.transactionSync(() => {
      this.#store.setPhase("deleting");
      this.#alarms.clear("creation");
      this.#alarms.set("record", nowMs);
      this.#alarms.set("channels", nowMs);
    });
  }

  /** Deletes everything here, once D1 has no row and no room has the subscription. Returns whether it was done. */
  async #destroy(): Promise<boolean> {
    await deleteEventSubscriptionRow(this.env, this.#store.current.id);
    if (this.#deliveries.isBusy) {
      this.#alarms.set("channels", Date.now() + busyRetryMs);
      return false;
    }
    // Before the deletion: the scheduler writes only entries that it has in memory, and must write none afterwards.
    for (const key of Object.keys(this.#tasks)) this.#alarms.clear(key);
    this.#isBlank = true;
    await this.#storage.deleteAll();
    return true;
  }
}
