import { DurableObject } from "cloudflare:workers";
import { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import { isBlank, migrate } from "../durable/migrations.ts";
import type { StoredAuditEntry } from "../features/audit/index.ts";
import { AuditOutbox } from "./audit-outbox.ts";
import { Maintenance } from "./maintenance.ts";
import { runnerMigrations } from "./migrations.ts";
import { type RunnerAlarmKey, jobKey, RunningJobs } from "./running-jobs.ts";

/**
 * Runs jobs by its alarm. A job's row in D1 says what is to be done and how far it is; this object stores only which jobs it works on, and
 * when it continues. Four objects share all jobs.
 */
export class JobRunner extends DurableObject<Env> {
  readonly #alarms: AlarmScheduler<RunnerAlarmKey>;
  readonly #jobs: RunningJobs;
  readonly #audit: AuditOutbox;
  readonly #maintenance: Maintenance;
  #isBlank: boolean;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    this.#isBlank = isBlank(storage.sql);
    if (!this.#isBlank) migrate(storage, runnerMigrations);
    this.#alarms = new AlarmScheduler(storage);
    this.#jobs = new RunningJobs(env, this.#alarms);
    this.#audit = new AuditOutbox(env, storage.sql, this.#alarms);
    this.#maintenance = new Maintenance(env, this.#alarms);
  }

  /** Begins to work on a job whose row is in D1, or continues at once. May be repeated, also after the platform lost the alarm. */
  async start(jobId: string): Promise<void> {
    this.#create();
    this.#alarms.set(jobKey(jobId), Date.now());
  }

  /** Keeps an audit entry that D1 did not accept, and writes it when D1 does. May be repeated. */
  async keepAuditEntry(entry: StoredAuditEntry): Promise<void> {
    this.#create();
    this.#audit.add(entry, Date.now());
  }

  /** Deletes what has expired, in the background. Called by the hourly cron trigger; afterwards it repeats itself once a day. */
  async maintain(): Promise<void> {
    this.#create();
    this.#alarms.setNoLaterThan("maintenance", Date.now());
  }

  override async alarm(): Promise<void> {
    if (this.#isBlank) return;
    await this.#alarms.run({ job: this.#jobs, audit: this.#audit, maintenance: this.#maintenance });
  }

  #create(): void {
    if (!this.#isBlank) return;
    migrate(this.ctx.storage, runnerMigrations);
    this.#isBlank = false;
  }
}
