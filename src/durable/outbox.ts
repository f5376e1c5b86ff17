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
  /** Sets the alarm to the time of the next row, and to no later than the takeover time while lanes are being delivered. */
  schedule(nowMs: number, isDelivering: boolean): void;
}

export interface OutboxOptions {
  /** For the log. */
  name: string;
  /** Lanes that are delivered at the same time. */
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
  #workers = 0;

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
    while (this.#workers < this.#options.concurrency && this.#nextLane() !== undefined) void this.#work();
  }

  /** A lane that is being delivered already comes later, so that its calls are in sequence. */
  #nextLane(): string | undefined {
    for (const lane of this.#waiting.keys()) if (!this.#inFlight.has(lane)) return lane;
    return undefined;
  }

  async #work(): Promise<void> {
    this.#workers++;
    for (let lane = this.#nextLane(); lane !== undefined; lane = this.#nextLane()) {
      const waiting = this.#waiting.get(lane);
      this.#waiting.delete(lane);
      this.#inFlight.add(lane);
      await this.#deliverLane(lane);
      this.#inFlight.delete(lane);
      waiting?.resolve();
    }
    this.#workers--;
    if (this.#workers === 0) this.#schedule();
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
      this.#queue.schedule(Date.now(), this.#workers > 0);
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
