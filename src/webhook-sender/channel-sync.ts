import type { SubscriptionReader } from "../domain/event-subscriptions.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import { AppError } from "../errors/app-error.ts";
import { listPublicChannelIds } from "../features/event-subscriptions/index.ts";
import { inParallel } from "../lib/parallel.ts";
import { findOwner } from "./owner-check.ts";
import type { SenderAlarmKey } from "./schema.ts";
import type { SubscribedChannels } from "./subscribed-channels.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

/** How often the list of channels is compared with what the owner may read now. New public channels are announced besides. */
const intervalMs = 15 * 60_000;
/** Rooms that one run calls; the next run follows at once. */
const callsPerRun = 200;
const concurrency = 6;
/** The channels of one subscription. Of more public channels, the oldest are covered. */
const maxChannels = 10_000;

/**
 * Keeps the subscribed rooms equal to what the subscription is for: all chosen channels that the owner may read while it is active, otherwise none.
 * Every call may be repeated, so a crash costs nothing but the repetition.
 */
export class ChannelSync implements AlarmTask<"channels"> {
  readonly #env: Env;
  readonly #store: SubscriptionStore;
  readonly #channels: SubscribedChannels;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;
  readonly #onSubscribed: (channelIds: readonly string[]) => void;
  readonly #onEnded: () => Promise<boolean>;
  #isRunning = false;
  #hasEnded = false;

  /**
   * @param onSubscribed is called with channels that are to be read for the first time
   * @param onEnded deletes the subscription once no room has it; returns false if it is to be called again
   */
  constructor({
    env,
    store,
    channels,
    alarms,
    onSubscribed,
    onEnded,
  }: {
    env: Env;
    store: SubscriptionStore;
    channels: SubscribedChannels;
    alarms: AlarmScheduler<SenderAlarmKey>;
    onSubscribed: (channelIds: readonly string[]) => void;
    onEnded: () => Promise<boolean>;
  }) {
    this.#env = env;
    this.#store = store;
    this.#channels = channels;
    this.#alarms = alarms;
    this.#onSubscribed = onSubscribed;
    this.#onEnded = onEnded;
  }

  async onAlarm(): Promise<void> {
    // A run that takes longer than the scheduler waits continues; the scheduler calls again.
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { current } = this.#store;
    try {
      await this.#run();
      // Changed meanwhile: the run may have overwritten the time that the change has set.
      if (!this.#hasEnded && this.#store.current !== current) this.#alarms.set("channels", Date.now());
    } finally {
      this.#isRunning = false;
    }
  }

  async #run(): Promise<void> {
    const { current } = this.#store;
    if (current.phase === "deleting") return this.#end();
    const reader = await findOwner(this.#env, current.ownerId);
    const nowMs = Date.now();
    if (!reader && this.#store.isActive) this.#store.stop("owner_suspended", nowMs);
    if (reader && current.stateReason === "owner_suspended") this.#store.resume(nowMs);
    if (!this.#store.isActive) return this.#pause();
    if (reader) await this.#compare(reader);
  }

  /** Subscribes to a public channel that was just created. */
  async add(channelId: string): Promise<void> {
    const { channelIds, ownerId } = this.#store.current;
    if (!this.#store.isActive || channelIds !== null || this.#channels.has(channelId)) return;
    const reader = await findOwner(this.#env, ownerId);
    if (reader && this.#channels.count < maxChannels) await this.#subscribe([channelId], reader);
  }

  async #compare(reader: SubscriptionReader): Promise<void> {
    const { channelIds } = this.#store.current;
    const wanted = new Set(channelIds ?? (await listPublicChannelIds(this.#env, maxChannels)));
    const present = new Set(this.#channels.ids(maxChannels + 1));
    // Of public channels D1 may not have the newest yet; a room that is no longer public rejects the next read.
    const surplus = channelIds === null ? [] : [...present].filter((id) => !wanted.has(id));
    const missing = [...wanted].filter((id) => !present.has(id));
    await inParallel(surplus.slice(0, callsPerRun), concurrency, (id) => this.#channels.unsubscribe(id));
    await this.#subscribe(missing.slice(0, callsPerRun), reader);
    const isComplete = Math.max(surplus.length, missing.length) <= callsPerRun;
    this.#alarms.set("channels", Date.now() + (isComplete ? intervalMs : 0));
  }

  async #subscribe(channelIds: readonly string[], reader: SubscriptionReader): Promise<void> {
    const results = await inParallel(channelIds, concurrency, async (id) => {
      try {
        await this.#channels.subscribe(id, reader);
        return [id];
      } catch (error) {
        // The owner may not read it, or it was deleted. The next comparison tries again.
        if (error instanceof AppError && error.code === "not_found") return [];
        throw error;
      }
    });
    const added = results.flat();
    if (added.length > 0) this.#onSubscribed(added);
  }

  async #pause(): Promise<void> {
    const isDone = await this.#unsubscribeSome();
    if (!isDone) return this.#alarms.set("channels", Date.now());
    // The owner may be reactivated; a user activates it by `updateEventSubscription`.
    if (this.#store.current.stateReason === "owner_suspended")
      this.#alarms.set("channels", Date.now() + intervalMs);
    else this.#alarms.clear("channels");
  }

  async #end(): Promise<void> {
    if (!(await this.#unsubscribeSome())) return this.#alarms.set("channels", Date.now());
    this.#hasEnded = await this.#onEnded();
  }

  /** Returns whether none is left. */
  async #unsubscribeSome(): Promise<boolean> {
    const ids = this.#channels.ids(callsPerRun);
    await inParallel(ids, concurrency, (id) => this.#channels.unsubscribe(id));
    return ids.length < callsPerRun;
  }
}
