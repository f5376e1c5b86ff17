/** The pause before the next batch, as a fraction of what the last one took, and its bounds. */
const pauseFraction = 1 / 16;
const minPauseMs = 1;
const maxPauseMs = 50;

/** What runs a batch. Both methods are synchronous: an await would let other events in between. */
export interface BatchHandler<Command> {
  /** Decides, commits and acknowledges all commands of a batch, in order, in one transaction. */
  commitBatch(commands: readonly Command[]): void;
  /** Broadcasts what `commitBatch` committed: one frame per subscriber. */
  broadcastCommitted(): void;
}

/**
 * Groups commands into batches. A command that arrives while the batcher is idle is committed at once; commands that arrive before
 * the batch has been broadcast wait and form the next batch.
 *
 * The broadcast runs in a later task, after the acknowledgements. A frame costs workerd some 20 µs, and frames leave only
 * when the code returns, so that a broadcast in the same event would delay the acknowledgements of a large room.
 *
 * Timers are armed only after a batch and for milliseconds, so that an idle object can hibernate. If the process dies between
 * commit and broadcast, subscribers lose their sockets too and read the events from the log when they resume.
 */
export class CommandBatcher<Command> {
  readonly #handler: BatchHandler<Command>;
  readonly #capacity: number;
  #waiting: Command[] = [];
  #isBusy = false;

  /** @param capacity how many commands may wait for the next batch */
  constructor(handler: BatchHandler<Command>, capacity: number) {
    this.#handler = handler;
    this.#capacity = capacity;
  }

  /** Returns whether the command was accepted; false when the queue is full. */
  add(command: Command): boolean {
    if (this.#waiting.length >= this.#capacity) return false;
    this.#waiting.push(command);
    if (!this.#isBusy) this.#runBatch();
    return true;
  }

  #runBatch(): void {
    const batch = this.#waiting;
    const startedAt = Date.now();
    this.#waiting = [];
    this.#isBusy = true;
    // Armed first, so that a commit that throws does not stop later batches.
    setTimeout(() => this.#broadcast(startedAt, batch.length > 1), 0);
    this.#handler.commitBatch(batch);
  }

  /**
   * The clock stands still while code runs, so the cost of a batch is known only when the next timer fires. The senders of a batch of
   * several commands are likely to send again once they are acknowledged; the pause lets those commands share the next batch.
   */
  #broadcast(startedAt: number, hadSeveral: boolean): void {
    setTimeout(() => {
      if (!hadSeveral && this.#waiting.length === 0) return this.#finish();
      const costMs = Date.now() - startedAt;
      setTimeout(() => this.#finish(), Math.min(maxPauseMs, Math.max(minPauseMs, costMs * pauseFraction)));
    }, 0);
    this.#handler.broadcastCommitted();
  }

  #finish(): void {
    this.#isBusy = false;
    if (this.#waiting.length > 0) this.#runBatch();
  }
}
