import { hasherQueueFull } from "../domain/password-attempts.ts";

interface QueueLimits {
  /** How many jobs may wait in all lanes together. */
  total: number;
  /** How many jobs of one lane may wait. */
  lane: number;
  /** A job that runs for longer than this is assumed to be dropped by the platform; the next one starts. */
  staleMs: number;
}

type Job = () => Promise<void>;

/**
 * Runs jobs one at a time, round robin over lanes, so that a lane with many jobs delays a job of another lane by one job at most. A job
 * that finds the queue or its lane full is rejected at once.
 */
export class FairQueue {
  readonly #limits: QueueLimits;
  /** Waiting jobs by lane, in the order in which the lanes are served. A lane without jobs has no entry. */
  readonly #lanes = new Map<string, Job[]>();
  #queued = 0;
  #runningSince: number | undefined;
  #run = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** The number of jobs that wait. */
  get waiting(): number {
    return this.#queued;
  }

  /**
   * Runs `work` when it is its turn, and resolves with its result.
   *
   * @throws `unavailable`, synchronously, if the queue or the lane is full
   */
  add<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const jobs = this.#lanes.get(lane) ?? [];
    if (this.#queued >= this.#limits.total || jobs.length >= this.#limits.lane) throw hasherQueueFull();
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

  /** Runs jobs until none is left. A loop that stalled and was replaced by a newer `run` ends when it resumes. */
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
