import { configOf } from "../config.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import { toAppError } from "../errors/to-app-error.ts";
import { eraseAccountJob, purgeChannelJob } from "../features/erasure/index.ts";
import { exportJob } from "../features/exports/index.ts";
import { findJob, type JobHandler, type JobRow, saveFailure, saveStep } from "../features/jobs/index.ts";
import { retentionJob } from "../features/retention/index.ts";
import { backoffMs } from "../lib/backoff.ts";
import { failpoint, isSimulatedCrash, neverSettles } from "../lib/failpoint.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { within } from "../lib/parallel.ts";
import type { JobKind } from "../protocol/index.ts";

export type RunnerAlarmKey = `job:${string}` | "audit" | "maintenance";

export const jobKey = (jobId: string): RunnerAlarmKey => `job:${jobId}`;

const handlers: Record<JobKind, JobHandler> = {
  export: exportJob,
  erase: eraseAccountJob,
  purge: purgeChannelJob,
  retention: retentionJob,
};

/** Jobs that one runner works on at the same time. */
const maxAtOnce = 2;
/** A job that waits for others is tried again after this time. */
const waitMs = 1_000;
/** A step is bounded to some hundred rows or one file; one that takes longer is repeated. */
const stepTimeoutMs = 120_000;
/** Steps between two alarms, so that other jobs get their turn. */
const stepsAtOnce = 50;
/** The waits after failed attempts: 40 attempts take about 6 h. */
const retryBounds = { baseMs: 1_000, capMs: 600_000 };
const maxAttempts = 40;

/**
 * Works on jobs, step by step. The job's row in D1 is read before each step and written after it. If the process dies in between, the alarm
 * continues with the same step, which may run twice. While D1 fails, the alarm scheduler retries.
 */
export class RunningJobs implements AlarmTask<`job:${string}`> {
  readonly #env: Env;
  readonly #alarms: AlarmScheduler<RunnerAlarmKey>;
  readonly #running = new Set<string>();

  constructor(env: Env, alarms: AlarmScheduler<RunnerAlarmKey>) {
    this.#env = env;
    this.#alarms = alarms;
  }

  async onAlarm(nowMs: number, key: `job:${string}`): Promise<void> {
    if (this.#running.has(key)) return;
    if (this.#running.size >= maxAtOnce) return this.#alarms.set(key, nowMs + waitMs);
    this.#running.add(key);
    try {
      await this.#work(key);
    } catch (error) {
      if (isSimulatedCrash(error)) return await neverSettles();
      throw error;
    } finally {
      this.#running.delete(key);
    }
  }

  async #work(key: `job:${string}`): Promise<void> {
    for (let steps = 0; steps < stepsAtOnce; steps++) {
      const job = await findJob(this.#env, key.slice("job:".length));
      if (!job || job.finishedAt !== null) {
        if (job?.state === "failed") await handlers[job.kind].discard?.(this.#env, job);
        return this.#alarms.clear(key);
      }
      const waitForMs = await this.#step(job);
      if (waitForMs > 0) return this.#alarms.set(key, Date.now() + waitForMs);
    }
    this.#alarms.set(key, Date.now());
  }

  /** Runs one step. Returns how long to wait before the next one. */
  async #step(job: JobRow): Promise<number> {
    try {
      failpoint("job:before-step");
      const result = await within(stepTimeoutMs, handlers[job.kind].step(this.#env, job));
      failpoint("job:after-step");
      await saveStep(this.#env, job, result, configOf(this.#env).EXPORT_KEPT_MS);
      failpoint("job:after-save");
      return 0;
    } catch (error) {
      if (isSimulatedCrash(error)) throw error;
      const attempts = job.attempts + 1;
      logLine({
        level: "warn",
        message: "job.step_failed",
        jobId: job.id,
        kind: job.kind,
        attempt: attempts,
        error: describeError(error),
      });
      await saveFailure(this.#env, job, toAppError(error).message, attempts >= maxAttempts);
      return backoffMs(job.attempts, retryBounds);
    }
  }
}
