/** The pause that collects answers, as a part of what the turn cost; within these bounds. */
const pausePart = 1 / 16;
const shortestPauseMs = 1;
const longestPauseMs = 50;

export interface CommandBatcherOptions<Job> {
  /** Decides, commits and answers all jobs of a turn, in order, with no await: hence one commit. */
  commit: (jobs: Job[]) => void;
  /** Tells everybody else what was committed: one frame a socket. */
  tell: () => void;
  /** How many jobs may wait. */
  capacity: number;
}

/**
 * Runs what arrives in turns. The first job after a pause runs at once; what arrives while a turn is being told waits and
 * runs together. Timers are armed only after a turn and for some milliseconds, so that an idle object can hibernate.
 *
 * Commit and answers first, the rest an event later: a frame costs workerd some 20 µs, and none of a big room's may delay
 * the commit and the answers, which leave only once the code returns.
 */
export class CommandBatcher<Job> {
  readonly #options: CommandBatcherOptions<Job>;
  #waiting: Job[] = [];
  #resting = false;

  constructor(options: CommandBatcherOptions<Job>) {
    this.#options = options;
  }

  /** False when the queue is full: the job was not taken. */
  add(job: Job): boolean {
    if (this.#waiting.length >= this.#options.capacity) return false;
    this.#waiting.push(job);
    if (!this.#resting) this.#turn();
    return true;
  }

  #turn(): void {
    const jobs = this.#waiting;
    const startedAt = Date.now();
    this.#waiting = [];
    this.#resting = true;
    setTimeout(() => this.#tell(startedAt, jobs.length > 1), 0);
    this.#options.commit(jobs);
  }

  /**
   * The clock stands still while code runs, and frames leave only after it: a timer fires when they are out. Those who were
   * answered in a turn of several are about to answer in turn; a pause lets them come in together.
   */
  #tell(startedAt: number, amongSeveral: boolean): void {
    setTimeout(() => {
      if (!amongSeveral && this.#waiting.length === 0) return this.#next();
      const costMs = Date.now() - startedAt;
      setTimeout(() => this.#next(), Math.min(longestPauseMs, Math.max(shortestPauseMs, costMs * pausePart)));
    }, 0);
    this.#options.tell();
  }

  #next(): void {
    this.#resting = false;
    if (this.#waiting.length > 0) this.#turn();
  }
}
