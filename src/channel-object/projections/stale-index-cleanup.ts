import { SimulatedCrash } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { backoffMs } from "../../lib/backoff.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { IndexGeneration } from "./index-generation.ts";

export interface LeftoversOptions {
  due: AlarmScheduler;
  generations: IndexGeneration;
  /** Up to where the index has the log. */
  indexed: () => number;
  /** Removes some; tells whether that was all. */
  remove: () => Promise<boolean>;
}

/** Once the channel is indexed anew, what the index still has of older generations is nobody's. It goes by the alarm, batch by batch. */
export class StaleIndexCleanup {
  static readonly key = "leftovers";
  readonly #options: LeftoversOptions;
  #running = false;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  /** Within the commit that begins a generation. */
  schedule(nowMs: number): void {
    this.#options.due.set(StaleIndexCleanup.key, nowMs + backoffMs(0, { baseMs: 1_000, capMs: 30_000 }));
  }

  async run(nowMs: number): Promise<void> {
    const { due, generations, indexed, remove } = this.#options;
    if (this.#running) return;
    this.#running = true;
    const again = () => {
      const attempts = due.attempts(StaleIndexCleanup.key);
      due.set(
        StaleIndexCleanup.key,
        nowMs + backoffMs(attempts, { baseMs: 1_000, capMs: 30_000 }),
        attempts + 1,
      );
    };
    try {
      const { generation, goal } = generations;
      if (indexed() < goal) return again();
      while (!(await remove()));
      // Of a generation that began meanwhile there may be more.
      if (generations.generation === generation) due.clear(StaleIndexCleanup.key);
    } catch (error) {
      if (__FAILPOINTS__ && error instanceof SimulatedCrash) throw error;
      again();
      logLine({ level: "warn", message: "leftovers stay for now", error: describeError(error) });
    } finally {
      this.#running = false;
    }
  }
}
