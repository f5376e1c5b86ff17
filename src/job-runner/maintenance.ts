import { configOf } from "../config.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import { deleteOldAuditEntries } from "../features/audit/index.ts";
import { deleteAbandonedObjects } from "../features/emoji/index.ts";
import { deleteExpiredPending } from "../features/auth/index.ts";
import { deleteExpiredExports } from "../features/exports/index.ts";
import {
  callRunner,
  deleteOldJobs,
  serverRequester,
  staleJobs,
  startJobUnlessRecent,
  workspaceSubject,
} from "../features/jobs/index.ts";
import type { RunnerAlarmKey } from "./running-jobs.ts";

const intervalMs = 24 * 3_600_000;
/** The cron trigger runs every hour, but all rooms are called once a day. */
const retentionIntervalMs = 23 * 3_600_000;
/** A finished job can be read for this long. */
const jobsKeptMs = 30 * 24 * 3_600_000;
/** An active job without a step for this long is started again. The longest wait between two attempts is 10 min. */
const staleMs = 15 * 60_000;
const maxPerRun = 100;

/** Deletes what has expired, and starts jobs again that their runner lost. Runs once a day, or when the cron trigger calls. */
export class Maintenance implements AlarmTask<"maintenance"> {
  readonly #env: Env;
  readonly #alarms: AlarmScheduler<RunnerAlarmKey>;

  constructor(env: Env, alarms: AlarmScheduler<RunnerAlarmKey>) {
    this.#env = env;
    this.#alarms = alarms;
  }

  async onAlarm(nowMs: number): Promise<void> {
    const env = this.#env;
    for (const id of await staleJobs(env, nowMs - staleMs, maxPerRun))
      await callRunner(env, { id, finishedAt: null });
    await deleteOldAuditEntries(env, nowMs);
    await deleteExpiredPending(env, nowMs);
    await deleteExpiredExports(env, nowMs);
    await deleteAbandonedObjects(env, nowMs);
    await deleteOldJobs(env, nowMs - jobsKeptMs, maxPerRun);
    // Rooms that no one uses do not start by themselves, so a job calls all of them.
    if (configOf(env).RETENTION_DAYS !== undefined)
      await startJobUnlessRecent(
        env,
        { kind: "retention", subjectId: workspaceSubject, requestedBy: serverRequester },
        nowMs - retentionIntervalMs,
      );
    this.#alarms.set("maintenance", nowMs + intervalMs);
  }
}
