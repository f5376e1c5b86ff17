import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import { AppError } from "../errors/app-error.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { callObject, rateLimiterOf } from "../rpc/stubs.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import type { CountedAttempt } from "../rate-limiter/attempts.ts";
import type { AttemptLimit } from "../rate-limiter/rate-limiter.ts";
import { FairQueue } from "./fair-queue.ts";
import { Pace } from "./pace.ts";
import { hashPassword, type Pacing, verifyPassword } from "./scrypt.ts";

/** One hash to compute. */
export interface HashJob {
  /** On whose behalf: lanes take turns, and each may queue a bounded number of hashes. */
  lane: string;
  /** Whether the account logged in from this address before or is authenticated. All others are strangers, in any number. */
  isTrusted: boolean;
  password: string;
  /** Counted right before the hash is computed: what is rejected because the queue is full counts for nothing. */
  limits: AttemptLimit[];
}

export interface VerifyJob extends HashJob {
  /** Undefined for an account that does not exist. */
  stored: string | undefined;
  /** Names that pass the limit `key` once the password was right. */
  trust?: { key: string; names: string[] };
}

/** Longer than a hash of the longest pauses takes: 160 slices and pauses of 50 ms. */
const staleMs = 15_000;
/** From so many hashes that wait, a queue is computed at the busy pace. */
const busyFrom = { known: 8, strangers: 5 };

/** A queue and the pace at which its hashes are computed. */
interface PacedQueue {
  queue: FairQueue;
  pacing: Pacing;
  /** Begins to measure a hash. */
  begin: () => void;
}

/**
 * Hashes passwords, away from everything else: a hash takes 0.1 s of the thread that computes it, so that neither a Worker isolate
 * nor a room nor a hub may do it. One hash at a time is computed for known accounts and one for strangers, in turns of the
 * thread, so that a queue of strangers delays no login of a known account. Stores nothing.
 */
export class PasswordHasher extends DurableObject<Env> {
  readonly #known: PacedQueue;
  readonly #strangers: PacedQueue;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#known = createPacedQueue(env, busyFrom.known);
    this.#strangers = createPacedQueue(env, busyFrom.strangers);
  }

  /** Hashes a new password. `unavailable`: too many hashes are queued; `rate_limited`: past one of the limits. */
  hash({ limits, password, ...job }: HashJob): Promise<RpcResult<string>> {
    return this.#run(job, async (pacing) => {
      await this.#count(limits);
      return hashPassword(password, pacing);
    });
  }

  /**
   * Compares a password with a stored hash; takes as long where there is none. Where it is right, takes back what was counted.
   * `unavailable` and `rate_limited` as for `hash`.
   */
  verify({ limits, password, stored, trust, ...job }: VerifyJob): Promise<RpcResult<boolean>> {
    return this.#run(job, async (pacing) => {
      const counted = await this.#count(limits);
      const matches = await verifyPassword(password, stored, pacing);
      if (matches) await this.#succeeded(counted, trust);
      return matches;
    });
  }

  #run<T>(
    { lane, isTrusted }: Pick<HashJob, "lane" | "isTrusted">,
    work: (pacing: Pacing) => Promise<T>,
  ): Promise<RpcResult<T>> {
    const { queue, pacing, begin } = isTrusted ? this.#known : this.#strangers;
    return toRpcResult(() =>
      queue.add(lane, async () => {
        begin();
        const result = await work(pacing);
        await pacing.pause();
        return result;
      }),
    );
  }

  /** Counts an attempt against each limit, or against none where one of them rejects it. */
  async #count(limits: readonly AttemptLimit[]): Promise<CountedAttempt[]> {
    const counted: CountedAttempt[] = [];
    for (const limit of limits) {
      const verdict = await callObject(() => rateLimiterOf(this.env, limit.key).countAttempt(limit));
      if (verdict.ok && verdict.counted) counted.push(verdict.counted);
      if (verdict.ok) continue;
      await this.#succeeded(counted);
      throw new AppError({
        code: "rate_limited",
        detail: "Too many attempts; wait before you try again",
        retryAfterMs: verdict.retryAfterMs,
      });
    }
    return counted;
  }

  /** Never throws: what is not taken back counts as a failed check. */
  async #succeeded(counted: readonly CountedAttempt[], trust?: VerifyJob["trust"]): Promise<void> {
    const names = new Map(counted.map(({ key }) => [key, [] as string[]]));
    if (trust) names.set(trust.key, trust.names);
    await Promise.all(
      [...names].map(([key, trusted]) => {
        const refunded = counted.find((one) => one.key === key) ?? null;
        // Once: a refund that ran twice would allow one more guess.
        return callObject(() => rateLimiterOf(this.env, key).recordSuccess(refunded, trusted), {
          tries: 1,
        }).catch((error: unknown) =>
          logLine({ level: "warn", message: "limiter.refund_failed", error: describeError(error) }),
        );
      }),
    );
  }
}

function createPacedQueue(env: Env, busyFromWaiting: number): PacedQueue {
  const { PASSWORD_CPU_PERCENT, PASSWORD_BUSY_CPU_PERCENT, ...limits } = configOf(env);
  const queue = new FairQueue({ total: limits.PASSWORD_QUEUE_MAX, lane: limits.PASSWORD_LANE_MAX, staleMs });
  const isBusy = () => queue.waiting >= busyFromWaiting;
  const pace = new Pace(() => (isBusy() ? PASSWORD_BUSY_CPU_PERCENT : PASSWORD_CPU_PERCENT));
  // Where a busy queue may take all of its thread, nothing else runs there.
  const isSliced = () => PASSWORD_BUSY_CPU_PERCENT < 100 && isBusy();
  return { queue, pacing: { pause: () => pace.pause(), isSliced }, begin: () => pace.startSlice() };
}
