import { Died } from "../../lib/failpoint.ts";
import { errorLine, logLine } from "../../lib/log-line.ts";
import { backoffMs } from "../../lib/time.ts";
import type { Due } from "../../durable/alarm-scheduler.ts";
import type { IndexLife } from "./index-generation.ts";

export interface LeftoversOptions {
  due: Due;
  generations: IndexLife;
  /** Up to where the index has the log. */
  indexed: () => number;
  /** Removes some; tells whether that was all. */
  remove: () => Promise<boolean>;
}

/** Once the channel is indexed anew, what the index still has of older generations is nobody's. It goes by the alarm, batch by batch. */
export class Leftovers {
  static readonly key = "leftovers";
  readonly #options: LeftoversOptions;
  #running = false;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  /** Within the commit that begins a generation. */
  expect(nowMs: number): void {
    this.#options.due.set(Leftovers.key, nowMs + backoffMs(0, 1_000, 30_000));
  }

  async run(nowMs: number): Promise<void> {
    const { due, generations, indexed, remove } = this.#options;
    if (this.#running) return;
    this.#running = true;
    const again = () => {
      const attempts = due.attempts(Leftovers.key);
      due.set(Leftovers.key, nowMs + backoffMs(attempts, 1_000, 30_000), attempts + 1);
    };
    try {
      const { generation, goal } = generations;
      if (indexed() < goal) return again();
      while (!(await remove()));
      // Of a generation that began meanwhile there may be more.
      if (generations.generation === generation) due.clear(Leftovers.key);
    } catch (error) {
      if (__FAILPOINTS__ && error instanceof Died) throw error;
      again();
      logLine({ level: "warn", message: "leftovers stay for now", error: errorLine(error) });
    } finally {
      this.#running = false;
    }
  }
}
