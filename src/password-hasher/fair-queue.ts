import { AppError } from "../errors/app-error.ts";

interface QueueLimits {
  /** Jobs that may be queued in all, the running one included. */
  total: number;
  /** Jobs of one lane that may be queued. */
  lane: number;
  /** A job that runs for longer than this was dropped by the platform: the next one starts. */
  staleMs: number;
}

type Job = () => Promise<void>;

const retryAfterMs = 2_000;

/**
 * Runs jobs one at a time. Lanes take turns, so that a lane with many jobs delays a job of another lane by one job at most.
 * A job that finds the queue or its lane full is rejected at once.
 */
export class FairQueue {
  readonly #limits: QueueLimits;
  /** In the order in which lanes are served next. A lane without jobs has no entry. */
  readonly #lanes = new Map<string, Job[]>();
  #queued = 0;
  #runningSince: number | undefined;
  #run = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** How many jobs wait. */
  get waiting(): number {
    return this.#queued;
  }

  /**
   * Runs `work` after the jobs before it; resolves with its result.
   * @throws AppError `unavailable` when the queue or the lane is full.
   */
  add<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const jobs = this.#lanes.get(lane) ?? [];
    if (this.#queued >= this.#limits.total || jobs.length >= this.#limits.lane)
      throw new AppError({
        code: "unavailable",
        detail: "Too many passwords are checked at this moment; try again",
        retryAfterMs,
      });
    return new Promise<T>((resolve, reject) => {
      jobs.push(() => work().then(resolve, reject));
      this.#lanes.set(lane, jobs);
      this.#queued++;
      this.#start();
    });
  }

  #start(): void {
    const nowMs = Date.now();
    if (this.#runningSince !== undefined && nowMs - this.#runningSince < this.#limits.staleMs) return;
    void this.#loop(++this.#run);
  }

  /** `run`: a loop that was replaced because it had stalled ends when it resumes. */
  async #loop(run: number): Promise<void> {
    while (run === this.#run) {
      const job = this.#next();
      this.#runningSince = job && Date.now();
      if (!job) return;
      await job();
    }
  }

  #next(): Job | undefined {
    for (const [lane, jobs] of this.#lanes) {
      const job = jobs.shift();
      this.#lanes.delete(lane);
      if (jobs.length > 0) this.#lanes.set(lane, jobs);
      if (!job) continue;
      this.#queued--;
      return job;
    }
    return undefined;
  }
}
