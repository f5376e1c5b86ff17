import { configOf } from "../../config.ts";
import { dayMs } from "../../domain/usage-budget.ts";
import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { notifyDroppedFiles } from "../../features/files/index.ts";
import type { RetentionSettings } from "../../features/retention/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { ProjectionContext } from "../projections/projection-context.ts";
import type { SystemDeletions } from "./system-deletions.ts";

/** Messages in one transaction: one frame for each subscriber, and at most as many rows in D1. */
const deletedAtOnce = 100;
/** The wait between two batches, so that clients and D1 keep up. */
const betweenBatchesMs = 1_000;
/** Kept events and files that one batch deletes after a hold. */
const releasedAtOnce = 100;

/** The settings as they apply. */
export interface EffectiveRetention extends RetentionSettings {
  effectiveDays: number | null;
}

/**
 * Deletes messages that are older than the channel's retention period, in batches, by the alarm; never during a legal hold. A message is
 * deleted as its author would delete it: clients receive a deletion event, and its texts, versions, reactions and files are deleted. If the
 * process dies, the next alarm continues with what is left.
 */
export class ChannelRetention implements AlarmTask {
  static readonly key = "retention";
  readonly #context: ProjectionContext;
  readonly #deletions: SystemDeletions;

  constructor(context: ProjectionContext, deletions: SystemDeletions) {
    this.#context = context;
    this.#deletions = deletions;
  }

  /** Returns the settings as they apply, and schedules the deletion if a period applies. */
  read(): EffectiveRetention {
    this.schedule(Date.now());
    return this.effective;
  }

  get effective(): EffectiveRetention {
    const { settings } = this.#context.room.retention;
    return {
      ...settings,
      effectiveDays: settings.days ?? configOf(this.#context.env).RETENTION_DAYS ?? null,
    };
  }

  /** Changes the settings; an absent field stays as it is. Returns the settings then. */
  update({ days, legalHold }: Partial<RetentionSettings>): EffectiveRetention {
    const { room, storage, alarms } = this.#context;
    storage.transactionSync(() => {
      const before = room.retention.settings;
      room.retention.update({
        days: days === undefined ? before.days : days,
        legalHold: legalHold ?? before.legalHold,
      });
      const nowMs = Date.now();
      if (!room.retention.settings.legalHold) alarms.set(HoldRelease.key, nowMs);
      else alarms.clear(HoldRelease.key);
      alarms.clear(ChannelRetention.key);
      this.schedule(nowMs);
    });
    return this.effective;
  }

  /** Schedules the deletion, if a period applies and it is not scheduled yet. */
  schedule(nowMs: number): void {
    const { alarms } = this.#context;
    const { effectiveDays, legalHold } = this.effective;
    if (effectiveDays !== null && !legalHold && !alarms.has(ChannelRetention.key))
      alarms.set(ChannelRetention.key, nowMs);
  }

  onAlarm(nowMs: number): void {
    const { alarms, room } = this.#context;
    const { effectiveDays, legalHold } = this.effective;
    if (effectiveDays === null || legalHold) return alarms.clear(ChannelRetention.key);
    const lastSeq = room.log.lastSeqBefore(nowMs - effectiveDays * dayMs);
    const expired = room.messages.liveUpTo(lastSeq, deletedAtOnce);
    failpoint("room:before-expire");
    this.#deletions.deleteMessages(expired);
    failpoint("room:after-expire");
    if (expired.length === deletedAtOnce) alarms.set(ChannelRetention.key, nowMs + betweenBatchesMs);
    else alarms.set(ChannelRetention.key, this.#nextAt(nowMs, effectiveDays));
  }

  /** Returns when the oldest message expires, but not before the interval, so that messages are deleted together. */
  #nextAt(nowMs: number, days: number): number {
    const { room, env } = this.#context;
    const oldest = room.log.at(room.messages.oldestLiveSeq());
    return Math.max(nowMs + configOf(env).RETENTION_INTERVAL_MS, (oldest?.at ?? nowMs) + days * dayMs);
  }
}

/** Deletes what a legal hold kept, after it ended. */
export class HoldRelease implements AlarmTask {
  static readonly key = "release";
  readonly #context: ProjectionContext;

  constructor(context: ProjectionContext) {
    this.#context = context;
  }

  /** Reports files to their uploaders' hubs, which delete them, then deletes the kept events. May run twice; a failure is retried. */
  async onAlarm(nowMs: number): Promise<void> {
    const { alarms, env, room, storage } = this.#context;
    if (room.retention.settings.legalHold) return alarms.clear(HoldRelease.key);
    const files = room.retention.heldFiles(releasedAtOnce);
    await notifyDroppedFiles(env, files);
    // The hold may have begun again during the call; its events stay then.
    if (room.retention.settings.legalHold) return;
    const isDone = storage.transactionSync(() => {
      room.retention.releaseFiles(files);
      return room.retention.deleteHeldEvents(releasedAtOnce) && files.length < releasedAtOnce;
    });
    if (isDone) alarms.clear(HoldRelease.key);
    else alarms.set(HoldRelease.key, nowMs + betweenBatchesMs);
  }
}
