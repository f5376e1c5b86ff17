import { and, desc, eq, gt, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import { accountDatabase, jobs, writeBatch } from "../../db/index.ts";
import { newId } from "../../lib/ids.ts";
import type { JobKind } from "../../protocol/index.ts";

export type JobRow = typeof jobs.$inferSelect;

/** Where a job continues; its own shape for each kind. Stored as JSON. */
export type JobCursor = Record<string, unknown>;

/** What a step did. */
export interface StepResult {
  /** Where the next step begins; null: the job is done. */
  cursor: JobCursor | null;
  done: number;
  total: number;
  /** The size of the job's result in R2, when it is complete. */
  resultBytes?: number;
}

/** The work of one kind of job. */
export interface JobHandler {
  /**
   * Does one bounded step. It may run again from the same cursor after a crash, so each of its writes must be repeatable.
   *
   * @throws any error, to be retried later
   */
  step(env: Env, job: JobRow): Promise<StepResult>;
  /** Deletes what the steps of a failed job have stored: also what a step stored after another request had ended the job. May be repeated. */
  discard?(env: Env, job: JobRow): Promise<void>;
}

export interface NewJob {
  kind: JobKind;
  subjectId: string;
  requestedBy: string;
  options?: Record<string, string>;
}

/**
 * Inserts a job, unless one of this kind about this subject is active.
 *
 * @param options `unlessSinceMs`: inserts none if one that did not fail was created after this time, either
 * @returns the new or the active job, and whether this call inserted it; undefined because of `unlessSinceMs`
 */
export async function insertJob(
  env: Env,
  { kind, subjectId, requestedBy, options = {} }: NewJob,
  { unlessSinceMs = Number.MAX_SAFE_INTEGER }: { unlessSinceMs?: number } = {},
): Promise<{ job: JobRow; isNew: boolean } | undefined> {
  const db = accountDatabase(env);
  const nowMs = Date.now();
  const id = newId("job", nowMs);
  await writeBatch(db, [
    sql`INSERT INTO jobs (id, kind, subject_id, requested_by, options, created_at, updated_at)
        SELECT ${id}, ${kind}, ${subjectId}, ${requestedBy}, ${JSON.stringify(options)}, ${nowMs}, ${nowMs}
        WHERE NOT EXISTS (SELECT 1 FROM jobs
          WHERE kind = ${kind} AND subject_id = ${subjectId} AND created_at > ${unlessSinceMs} AND state <> 'failed')
        ON CONFLICT DO NOTHING`,
  ]);
  const row = await db
    .select()
    .from(jobs)
    .where(
      and(eq(jobs.kind, kind), eq(jobs.subjectId, subjectId), or(eq(jobs.id, id), isNull(jobs.finishedAt))),
    )
    .get();
  return row && { job: row, isNew: row.id === id };
}

/** Reads a job; undefined if there is none. */
export const findJob = (env: Env, jobId: string): Promise<JobRow | undefined> =>
  accountDatabase(env).select().from(jobs).where(eq(jobs.id, jobId)).get();

/** Reads jobs from the newest to the oldest. @param beforeId the id of the last job that was read before */
export const readJobs = (env: Env, limit: number, beforeId?: string): Promise<JobRow[]> =>
  accountDatabase(env)
    .select()
    .from(jobs)
    .where(beforeId === undefined ? undefined : lt(jobs.id, beforeId))
    .orderBy(desc(jobs.id))
    .limit(limit);

/** Returns the last job of this kind about this subject that did not fail and was created after `sinceMs`; undefined if there is none. */
export const findLastJob = (
  env: Env,
  { kind, subjectId }: Pick<NewJob, "kind" | "subjectId">,
  sinceMs = 0,
): Promise<JobRow | undefined> =>
  accountDatabase(env)
    .select()
    .from(jobs)
    .where(
      and(
        eq(jobs.kind, kind),
        eq(jobs.subjectId, subjectId),
        gt(jobs.createdAt, sinceMs),
        ne(jobs.state, "failed"),
      ),
    )
    .orderBy(desc(jobs.createdAt))
    .limit(1)
    .get();

const isAt = ({ id, step }: JobRow) => and(eq(jobs.id, id), eq(jobs.step, step), isNull(jobs.finishedAt));

/** Stores what a step did, unless another step was stored since `job` was read. Returns the row as it is then, or undefined. */
export async function saveStep(
  env: Env,
  job: JobRow,
  { cursor, done, total, resultBytes }: StepResult,
  resultKeptMs: number,
): Promise<JobRow | undefined> {
  const nowMs = Date.now();
  const isDone = cursor === null;
  const [row] = await accountDatabase(env)
    .update(jobs)
    .set({
      cursor,
      done,
      total,
      step: job.step + 1,
      state: isDone ? "done" : "running",
      error: null,
      attempts: 0,
      updatedAt: nowMs,
      ...(isDone && { finishedAt: nowMs }),
      ...(resultBytes !== undefined && { resultBytes, expiresAt: nowMs + resultKeptMs }),
    })
    .where(isAt(job))
    .returning();
  return row;
}

/** Stores why a step failed. A job that failed for good keeps its last error. */
export async function saveFailure(env: Env, job: JobRow, error: string, isFinal: boolean): Promise<void> {
  const nowMs = Date.now();
  await accountDatabase(env)
    .update(jobs)
    .set({
      error,
      attempts: job.attempts + 1,
      updatedAt: nowMs,
      state: isFinal ? "failed" : "running",
      ...(isFinal && { finishedAt: nowMs }),
    })
    .where(isAt(job));
}

/** Returns the ids of active jobs without a step since `beforeMs`: their runner may have lost them. */
export async function staleJobs(env: Env, beforeMs: number, limit: number): Promise<string[]> {
  const rows = await accountDatabase(env)
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(isNull(jobs.finishedAt), lt(jobs.updatedAt, beforeMs)))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Returns jobs whose result has expired. */
export const expiredResults = (env: Env, nowMs: number, limit: number): Promise<JobRow[]> =>
  accountDatabase(env)
    .select()
    .from(jobs)
    .where(and(isNotNull(jobs.finishedAt), isNotNull(jobs.resultBytes), lt(jobs.expiresAt, nowMs)))
    .limit(limit);

/** Records that the result of a job was deleted. */
export const clearResult = (env: Env, jobId: string): Promise<unknown> =>
  accountDatabase(env).update(jobs).set({ resultBytes: null }).where(eq(jobs.id, jobId)).run();

/** Returns the exports of a user whose archive may be in R2, at most `limit`. */
export const exportsOf = (env: Env, userId: string, limit: number): Promise<JobRow[]> =>
  accountDatabase(env)
    .select()
    .from(jobs)
    .where(and(eq(jobs.kind, "export"), eq(jobs.subjectId, userId)))
    .limit(limit);

/** Ends an active job, so that its runner stops before the next step. */
export const cancelJob = (env: Env, jobId: string, error: string): Promise<unknown> =>
  accountDatabase(env)
    .update(jobs)
    .set({ state: "failed", error, finishedAt: Date.now() })
    .where(and(eq(jobs.id, jobId), isNull(jobs.finishedAt)))
    .run();

/** Deletes jobs that finished before `beforeMs` and have no result; at most `limit`. */
export const deleteOldJobs = (env: Env, beforeMs: number, limit: number): Promise<unknown> =>
  accountDatabase(env)
    .delete(jobs)
    .where(
      sql`${jobs.id} IN (SELECT id FROM jobs WHERE finished_at < ${beforeMs} AND result_bytes IS NULL LIMIT ${limit})`,
    )
    .run();
