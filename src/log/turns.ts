/**
 * Runs what arrives in turns. The first job after a pause runs at once; what arrives while a turn is due waits and runs
 * together with all that waits, in the order of arrival, with no await in between: hence one commit, one frame a socket.
 * The timer is armed only while something waits, so that an idle object can hibernate.
 */
export class Turns<Job> {
  readonly #run: (jobs: Job[]) => void;
  readonly #pauseMs: () => number;
  readonly #capacity: number;
  #waiting: Job[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextAt = 0;

  /** `pauseMs`: how long after a turn the next one may begin: about what the last one cost. `capacity`: jobs that may wait. */
  constructor({ run, pauseMs, capacity }: { run: (jobs: Job[]) => void; pauseMs: () => number; capacity: number }) {
    this.#run = run;
    this.#pauseMs = pauseMs;
    this.#capacity = capacity;
  }

  /** False when the queue is full: the job was not taken. */
  add(job: Job): boolean {
    if (this.#waiting.length >= this.#capacity) return false;
    this.#waiting.push(job);
    if (this.#timer !== undefined) return true;
    // Never longer than the pause, or a clock that goes back would hold the room for as long as it went back.
    const waitMs = Math.min(this.#nextAt - Date.now(), this.#pauseMs());
    if (waitMs <= 0) this.#turn();
    else this.#timer = setTimeout(() => this.#turn(), waitMs);
    return true;
  }

  #turn(): void {
    this.#timer = undefined;
    const jobs = this.#waiting;
    this.#waiting = [];
    this.#nextAt = Date.now() + this.#pauseMs();
    this.#run(jobs);
  }
}
