import { type BackoffBounds, backoffMs } from "../lib/backoff.ts";
import { isSimulatedCrash, neverSettles } from "../lib/failpoint.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { within } from "../lib/parallel.ts";
import type { AlarmTask } from "./alarm-scheduler.ts";

/** Rows of one lane that are delivered by one call. */
export interface OutboxBatch {
  /** How often their delivery has failed. */
  attempts: number;
}

/** When a receiver wants to be called again although the call succeeded, in ms since 1970. Undefined: never. */
export type CallAgainAt = number | undefined;

/**
 * The rows of an outbox, in a table of the object's own SQLite with a time (`at`) and a number of failures (`attempts`). Rows of
 * one lane, for example those for one receiver, are delivered one call after the other; lanes are independent of each other.
 */
export interface OutboxQueue<Batch extends OutboxBatch> {
  /** Returns the lanes with a row whose time has come, the earliest first. */
  dueLanes(nowMs: number): string[];
  /**
   * Returns the next rows of a lane for one call; undefined when nothing is due.
   *
   * @param isFirst the lane was just passed to `deliver`. A queue that writes a row with its takeover time in `at` delivers it now.
   */
  take(lane: string, nowMs: number, isFirst: boolean): Batch | undefined;
  /** Makes the call. Throws when it failed and has to be repeated: the receiver may get the same rows more than once. */
  send(batch: Batch): Promise<CallAgainAt>;
  /** Removes the rows of a call that succeeded, except for those that were replaced by newer ones meanwhile. */
  confirm(batch: Batch, again: CallAgainAt): void;
  /** Sets the time of the next attempt after a failure. */
  postpone(batch: Batch, at: number, attempts: number): void;
  /**
   * Returns the group of a lane; without this method all lanes are in one group. Each group has the concurrency to itself, so that
   * urgent calls do not wait for others that get no answer.
   */
  group?(lane: string): string;
  /** Sets the alarm to the time of the next row, and to no later than the takeover time while lanes are being delivered. */
  schedule(nowMs: number, isDelivering: boolean): void;
}

export interface OutboxOptions {
  /** For the log. */
  name: string;
  /** Lanes of one group that are delivered at the same time. */
  concurrency: number;
  /** A call without an answer after this time has failed. */
  timeoutMs: number;
  backoff: BackoffBounds;
}

interface Waiting {
  attempted: Promise<void>;
  resolve: () => void;
}

/**
 * Delivers rows to other objects and services at least once: the transactional outbox pattern. Rows are written in the same
 * transaction as the change that makes them necessary, are sent right after the commit, and stay until the receiver confirms.
 *
 * - A receiver that fails or does not answer within the timeout is retried with exponential backoff, and delays no other lane.
 * - When the object crashes between commit and confirmation, the alarm, which was set in that transaction too, sends the rows
 *   again. So a row may arrive twice, and receivers deduplicate it.
 * - Rows are never given up.
 *
 * @see https://microservices.io/patterns/data/transactional-outbox.html
 */
export class Outbox<Batch extends OutboxBatch> implements AlarmTask {
  readonly #queue: OutboxQueue<Batch>;
  readonly #options: OutboxOptions;
  /** Lanes to deliver, in order. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #inFlight = new Set<string>();
  readonly #workersByGroup = new Map<string, number>();

  constructor(queue: OutboxQueue<Batch>, options: OutboxOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /** Returns whether a call for this lane is in progress. */
  isDelivering(lane: string): boolean {
    return this.#inFlight.has(lane);
  }

  /**
   * Delivers lanes now. Call it after the commit that wrote their rows.
   *
   * @returns a promise that resolves once each of them was attempted, successfully or not. It never rejects.
   */
  async deliver(lanes: Iterable<string>): Promise<void> {
    const attempted: Promise<void>[] = [];
    for (const lane of lanes) {
      let waiting = this.#waiting.get(lane);
      if (!waiting) this.#waiting.set(lane, (waiting = newWaiting()));
      attempted.push(waiting.attempted);
    }
    this.#startWorkers();
    await Promise.all(attempted);
  }

  /** Delivers what is due, and sets the alarm for the rest. */
  async onAlarm(nowMs: number): Promise<void> {
    const lanes = this.#queue.dueLanes(nowMs).filter((lane) => !this.#inFlight.has(lane));
    if (lanes.length === 0) this.#schedule();
    await this.deliver(lanes);
  }

  #startWorkers(): void {
    const groups = this.#queue.group
      ? new Set(Array.from(this.#waiting.keys(), (lane) => this.#groupOf(lane)))
      : [""];
    for (const group of groups)
      while (this.#workersOf(group) < this.#options.concurrency && this.#nextLane(group) !== undefined)
        void this.#work(group);
  }

  #groupOf(lane: string): string {
    return this.#queue.group?.(lane) ?? "";
  }

  #workersOf(group: string): number {
    return this.#workersByGroup.get(group) ?? 0;
  }

  /** A lane that is being delivered already comes later, so that its calls are in sequence. */
  #nextLane(group: string): string | undefined {
    for (const lane of this.#waiting.keys())
      if (!this.#inFlight.has(lane) && this.#groupOf(lane) === group) return lane;
    return undefined;
  }

  async #work(group: string): Promise<void> {
    this.#workersByGroup.set(group, this.#workersOf(group) + 1);
    for (let lane = this.#nextLane(group); lane !== undefined; lane = this.#nextLane(group)) {
      const waiting = this.#waiting.get(lane);
      this.#waiting.delete(lane);
      this.#inFlight.add(lane);
      await this.#deliverLane(lane);
      this.#inFlight.delete(lane);
      waiting?.resolve();
    }
    const others = this.#workersOf(group) - 1;
    if (others > 0) this.#workersByGroup.set(group, others);
    else this.#workersByGroup.delete(group);
    if (this.#workersByGroup.size === 0) this.#schedule();
  }

  /** Delivers a lane until nothing in it is due, including rows that are added meanwhile. */
  async #deliverLane(lane: string): Promise<void> {
    try {
      let batch = this.#queue.take(lane, Date.now(), true);
      for (; batch; batch = this.#queue.take(lane, Date.now(), false)) await this.#attempt(batch);
    } catch (error) {
      if (isSimulatedCrash(error)) return neverSettles();
      this.#log("outbox.storage_failed", error);
    }
  }

  async #attempt(batch: Batch): Promise<void> {
    let again: CallAgainAt;
    try {
      again = await within(this.#options.timeoutMs, this.#queue.send(batch));
    } catch (error) {
      if (isSimulatedCrash(error)) return neverSettles();
      const attempts = batch.attempts + 1;
      this.#queue.postpone(batch, Date.now() + backoffMs(batch.attempts, this.#options.backoff), attempts);
      this.#schedule();
      return this.#log("outbox.delivery_failed", error, attempts);
    }
    this.#queue.confirm(batch, again);
  }

  #schedule(): void {
    try {
      this.#queue.schedule(Date.now(), this.#workersByGroup.size > 0);
    } catch (error) {
      this.#log("outbox.storage_failed", error);
    }
  }

  #log(message: string, error: unknown, attempt?: number): void {
    logLine({
      level: "warn",
      message,
      outbox: this.#options.name,
      ...(attempt !== undefined && { attempt }),
      error: describeError(error),
    });
  }
}

function newWaiting(): Waiting {
  const { promise: attempted, resolve } = Promise.withResolvers<void>();
  return { attempted, resolve };
}
