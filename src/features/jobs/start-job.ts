import { assertNever, reject } from "../../errors/app-error.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import type { Job, JobSubject, ListedJob } from "../../protocol/index.ts";
import { isoTime } from "../../lib/time.ts";
import { callObject, jobRunnerOf } from "../../rpc/stubs.ts";
import { insertJob, type JobRow, type NewJob } from "./store.ts";

/**
 * Starts a job, or returns the active one of the same kind and subject. The job is stored in D1 before its runner is called: if the call
 * fails or the process dies in between, a repeated request, a read of the job or the hourly maintenance calls the runner again.
 *
 * @throws `conflict` if the active job has just finished
 */
export async function startJob(env: Env, job: NewJob): Promise<{ job: JobRow; isNew: boolean }> {
  return (
    (await startJobUnlessRecent(env, job, Number.MAX_SAFE_INTEGER)) ??
    reject("conflict", "Such a job has just finished; try again")
  );
}

/** Starts a job as `startJob` does. Returns undefined if one that did not fail was created after `sinceMs` and is not active. */
export async function startJobUnlessRecent(
  env: Env,
  job: NewJob,
  sinceMs: number,
): Promise<{ job: JobRow; isNew: boolean } | undefined> {
  const started = await insertJob(env, job, { unlessSinceMs: sinceMs });
  if (started) await callRunner(env, started.job);
  return started;
}

/** Makes sure that the runner of an active job works on it. Never fails. */
export async function callRunner(
  env: Env,
  { id, finishedAt }: Pick<JobRow, "id" | "finishedAt">,
): Promise<void> {
  if (finishedAt !== null) return;
  try {
    await callObject(() => jobRunnerOf(env, id).start(id));
  } catch (error) {
    logLine({ level: "warn", message: "job.start_failed", jobId: id, error: describeError(error) });
  }
}

/** Converts a row to a job of the contract. The result is offered only to the user who requested it. */
export function presentJob(row: JobRow, userId: string): Job {
  const { id, kind, state, done, total, error, createdAt, finishedAt, resultBytes, expiresAt, requestedBy } =
    row;
  const hasResult =
    resultBytes !== null && expiresAt !== null && expiresAt > Date.now() && requestedBy === userId;
  return {
    id,
    kind,
    state,
    done,
    total,
    error,
    createdAt: isoTime(createdAt),
    finishedAt: finishedAt === null ? null : isoTime(finishedAt),
    ...(hasResult && { resultUrl: `/v1/jobs/${id}/result`, expiresAt: isoTime(expiresAt) }),
  };
}

/** The stored `subjectId` of a job about the whole workspace. */
export const workspaceSubject = "workspace";

/** The stored `requestedBy` of a job that the server starts by itself. */
export const serverRequester = "system";

/** Converts a row to a job of the list for administration. */
export const presentListedJob = (row: JobRow, userId: string): ListedJob => ({
  ...presentJob(row, userId),
  subject: subjectOf(row),
  requestedBy: row.requestedBy === serverRequester ? null : row.requestedBy,
  updatedAt: isoTime(row.updatedAt),
  attempts: row.attempts,
});

function subjectOf({ kind, subjectId }: JobRow): JobSubject {
  switch (kind) {
    case "export":
    case "erase":
      return { type: "user", userId: subjectId };
    case "purge":
      return { type: "channel", channelId: subjectId };
    case "retention":
      return { type: "workspace" };
    default:
      return assertNever(kind);
  }
}
