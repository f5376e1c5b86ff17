import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import {
  type AttemptLimit,
  type HashJob,
  tooManyAttempts,
  type TrustGrant,
  type VerifyJob,
} from "../domain/password-attempts.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import type { CountedAttempt } from "../rate-limiter/attempts.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import { callObject, rateLimiterOf } from "../rpc/stubs.ts";
import { FairQueue } from "./fair-queue.ts";
import { Pace } from "./pace.ts";
import { hashPassword, type Pacing, verifyPassword } from "./scrypt.ts";
import { ScratchCache } from "./sliced-scrypt.ts";

/** Longer than a hash with the longest pauses takes: 160 slices, each followed by a pause of 50 ms. */
const staleMs = 15_000;
/** The number of waiting hashes from which a queue uses `PASSWORD_BUSY_CPU_PERCENT`. A script that creates users in parallel queues fewer. */
const busyFromWaiting = 9;

/** A queue, and the pace at which its hashes are computed. */
interface PacedQueue {
  queue: FairQueue;
  pacing: Pacing;
  /** Starts to measure the first slice of a hash. */
  startSlice: () => void;
}

/**
 * Hashes passwords in objects that do nothing else, because a hash takes about 0.11 s of the thread that computes it and would delay all
 * requests of a Worker isolate, room or hub. There are two queues, for trusted jobs and for all others. Each computes one hash at a time,
 * and the two hashes alternate on the thread, so that a flood of untrusted jobs does not block trusted ones. Stores nothing.
 */
export class PasswordHasher extends DurableObject<Env> {
  readonly #trusted: PacedQueue;
  readonly #untrusted: PacedQueue;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#trusted = createPacedQueue(env);
    this.#untrusted = createPacedQueue(env);
  }

  /** Hashes a new password. Fails with `rate_limited` above a limit, or `unavailable` if too many hashes are queued. */
  hash({ limits, password, ...job }: HashJob): Promise<RpcResult<string>> {
    return this.#run(job, async (pacing) => {
      await this.#countAttempts(limits);
      return hashPassword(password, pacing);
    });
  }

  /**
   * Compares a password with a stored hash; without one it takes as long and returns false. A correct password refunds the counted attempts.
   * Fails as `hash` does.
   */
  verify({ limits, password, stored, trust, ...job }: VerifyJob): Promise<RpcResult<boolean>> {
    return this.#run(job, async (pacing) => {
      const counted = await this.#countAttempts(limits);
      const matches = await verifyPassword(password, stored, pacing);
      if (matches) await this.#refund(counted, trust);
      return matches;
    });
  }

  #run<T>(
    { lane, isTrusted }: Pick<HashJob, "lane" | "isTrusted">,
    work: (pacing: Pacing) => Promise<T>,
  ): Promise<RpcResult<T>> {
    const { queue, pacing, startSlice } = isTrusted ? this.#trusted : this.#untrusted;
    return toRpcResult(() =>
      queue.add(lane, async () => {
        startSlice();
        const result = await work(pacing);
        await pacing.pause();
        return result;
      }),
    );
  }

  /** Counts an attempt against each limit; if one of them rejects it, against none. @throws `rate_limited` */
  async #countAttempts(limits: readonly AttemptLimit[]): Promise<CountedAttempt[]> {
    const counted: CountedAttempt[] = [];
    for (const limit of limits) {
      const verdict = await callObject(() => rateLimiterOf(this.env, limit.key).countAttempt(limit));
      if (verdict.ok && verdict.counted) counted.push(verdict.counted);
      if (verdict.ok) continue;
      await this.#refund(counted);
      throw tooManyAttempts(verdict.retryAfterMs);
    }
    return counted;
  }

  /** Refunds attempts, and grants trust. An error is only logged: an attempt that is not refunded counts as a failed check. */
  async #refund(counted: readonly CountedAttempt[], trust?: TrustGrant): Promise<void> {
    const limitKeys = new Set(counted.map(({ key }) => key));
    if (trust) limitKeys.add(trust.limitKey);
    await Promise.all(
      Array.from(limitKeys, (limitKey) => {
        const attempt = counted.find(({ key }) => key === limitKey) ?? null;
        const trustedKeys = trust?.limitKey === limitKey ? trust.trustedKeys : [];
        // One try: a refund that ran twice would permit one more guess.
        return callObject(() => rateLimiterOf(this.env, limitKey).recordSuccess(attempt, trustedKeys), {
          tries: 1,
        }).catch((error: unknown) =>
          logLine({ level: "warn", message: "limiter.refund_failed", error: describeError(error) }),
        );
      }),
    );
  }
}

function createPacedQueue(env: Env): PacedQueue {
  const { PASSWORD_CPU_PERCENT, PASSWORD_BUSY_CPU_PERCENT, ...limits } = configOf(env);
  const queue = new FairQueue({ total: limits.PASSWORD_QUEUE_MAX, lane: limits.PASSWORD_LANE_MAX, staleMs });
  const isBusy = () => queue.waiting >= busyFromWaiting;
  const pace = new Pace(() => (isBusy() ? PASSWORD_BUSY_CPU_PERCENT : PASSWORD_CPU_PERCENT));
  // At 100 percent the hasher has the thread to itself, so slices would only cost time.
  const isSliced = () => PASSWORD_BUSY_CPU_PERCENT < 100 && isBusy();
  return {
    queue,
    pacing: { pause: () => pace.pause(), isSliced, scratch: new ScratchCache() },
    startSlice: () => pace.startSlice(),
  };
}
