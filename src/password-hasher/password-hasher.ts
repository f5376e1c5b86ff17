import { DurableObject } from "cloudflare:workers";
import { type Config, configOf } from "../config.ts";
import { type Outcome, outcomeOf } from "../core/outcome.ts";
import { FairQueue } from "./fair-queue.ts";
import { hashPassword, type Pause, verifyPassword } from "./scrypt.ts";

const staleMs = 15_000;
const longestPauseMs = 200;

/**
 * Hashes passwords, away from everything else: scrypt blocks the thread that runs it, whether it is called synchronously or not,
 * so that neither a Worker isolate nor a room nor a hub may do it. Stores nothing.
 *
 * Hashes run one at a time. `lane` says on whose behalf: lanes take turns, and each may queue a bounded number of hashes.
 */
export class PasswordHasher extends DurableObject<Env> {
  readonly #queue: FairQueue;
  readonly #pause: Pause;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const config = configOf(env);
    this.#queue = new FairQueue({
      total: config.PASSWORD_QUEUE_MAX,
      lane: config.PASSWORD_LANE_MAX,
      staleMs,
    });
    this.#pause = pauseFor(config);
  }

  /** Hashes a new password. `unavailable`: too many hashes are queued. */
  hash(lane: string, password: string): Promise<Outcome<string>> {
    return this.#run(lane, () => hashPassword(password, this.#pause));
  }

  /** Compares a password with a stored hash; takes as long where there is none. `unavailable`: too many hashes are queued. */
  verify(lane: string, password: string, stored: string | undefined): Promise<Outcome<boolean>> {
    return this.#run(lane, () => verifyPassword(password, stored, this.#pause));
  }

  #run<T>(lane: string, work: () => Promise<T>): Promise<Outcome<T>> {
    return outcomeOf(() =>
      this.#queue.add(lane, async () => {
        const result = await work();
        await this.#pause();
        return result;
      }),
    );
  }
}

/**
 * Lets other work run, then waits so long that hashing takes `PASSWORD_CPU_PERCENT` of the thread's time. The clock of a Worker
 * stands still while code runs, so the time that a scrypt call took is known only after a timer.
 */
function pauseFor({ PASSWORD_CPU_PERCENT }: Config): Pause {
  const restPerWork = 100 / PASSWORD_CPU_PERCENT - 1;
  return async () => {
    const startedAt = Date.now();
    await sleep(0);
    const workMs = Math.max(1, Date.now() - startedAt);
    if (restPerWork > 0) await sleep(Math.min(longestPauseMs, workMs * restPerWork));
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
