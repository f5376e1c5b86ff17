import { DurableObject } from "cloudflare:workers";
import { type Config, configOf } from "../config.ts";
import { AppError } from "../errors/app-error.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { callObject, rateLimiterOf } from "../rpc/stubs.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import type { Counted } from "../rate-limiter/attempts.ts";
import type { Take } from "../rate-limiter/rate-limiter.ts";
import { FairQueue } from "./fair-queue.ts";
import { hashPassword, type Pause, verifyPassword } from "./scrypt.ts";

/** One hash to compute. */
export interface HashJob {
  /** On whose behalf: lanes take turns, and each may queue a bounded number of hashes. */
  lane: string;
  password: string;
  /** Counted right before the hash is computed: what is rejected because the queue is full counts for nothing. */
  limits: Take[];
}

export interface VerifyJob extends HashJob {
  /** Undefined for an account that does not exist. */
  stored: string | undefined;
  /** Names that pass the limit `key` once the password was right. */
  trust?: { key: string; names: string[] };
}

const staleMs = 15_000;
const longestPauseMs = 200;
const busyFrom = 8;

/**
 * Hashes passwords, away from everything else: scrypt blocks the thread that runs it, whether it is called synchronously or not,
 * so that neither a Worker isolate nor a room nor a hub may do it. Hashes run one at a time. Stores nothing.
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
    this.#pause = pauseFor(config, () => this.#queue.waiting > busyFrom);
  }

  /** Hashes a new password. `unavailable`: too many hashes are queued; `rate_limited`: past one of the limits. */
  hash({ lane, limits, password }: HashJob): Promise<RpcResult<string>> {
    return this.#run(lane, async () => {
      await this.#count(limits);
      return hashPassword(password, this.#pause);
    });
  }

  /**
   * Compares a password with a stored hash; takes as long where there is none. Where it is right, takes back what was counted.
   * `unavailable` and `rate_limited` as for `hash`.
   */
  verify({ lane, limits, password, stored, trust }: VerifyJob): Promise<RpcResult<boolean>> {
    return this.#run(lane, async () => {
      const counted = await this.#count(limits);
      const matches = await verifyPassword(password, stored, this.#pause);
      if (matches) await this.#succeeded(counted, trust);
      return matches;
    });
  }

  #run<T>(lane: string, work: () => Promise<T>): Promise<RpcResult<T>> {
    return toRpcResult(() =>
      this.#queue.add(lane, async () => {
        const result = await work();
        await this.#pause();
        return result;
      }),
    );
  }

  /** Counts an attempt against each limit, or against none where one of them rejects it. */
  async #count(limits: readonly Take[]): Promise<Counted[]> {
    const counted: Counted[] = [];
    for (const limit of limits) {
      const verdict = await callObject(() => rateLimiterOf(this.env, limit.key).take(limit));
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
  async #succeeded(counted: readonly Counted[], trust?: VerifyJob["trust"]): Promise<void> {
    const names = new Map(counted.map(({ key }) => [key, [] as string[]]));
    if (trust) names.set(trust.key, trust.names);
    await Promise.all(
      [...names].map(([key, trusted]) => {
        const refunded = counted.find((one) => one.key === key) ?? null;
        // Once: a refund that ran twice would allow one more guess.
        return callObject(() => rateLimiterOf(this.env, key).succeeded(refunded, trusted), {
          tries: 1,
        }).catch((error: unknown) =>
          logLine({ level: "warn", message: "limiter.refund_failed", error: describeError(error) }),
        );
      }),
    );
  }
}

/**
 * Lets other work run, then waits so long that hashing takes its share of the thread's time (`PASSWORD_CPU_PERCENT`, or
 * `PASSWORD_BUSY_CPU_PERCENT`). The clock of a Worker stands still while code runs, so the time that a scrypt call took is known
 * only after a timer.
 */
function pauseFor({ PASSWORD_CPU_PERCENT, PASSWORD_BUSY_CPU_PERCENT }: Config, isBusy: () => boolean): Pause {
  return async () => {
    const startedAt = Date.now();
    await sleep(0);
    const workMs = Math.max(1, Date.now() - startedAt);
    const percent = isBusy() ? PASSWORD_BUSY_CPU_PERCENT : PASSWORD_CPU_PERCENT;
    if (percent < 100) await sleep(Math.min(longestPauseMs, workMs * (100 / percent - 1)));
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
