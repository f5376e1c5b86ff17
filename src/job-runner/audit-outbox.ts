import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import type { Migration } from "../durable/migrations.ts";
import { type StoredAuditEntry, writeAuditEntries } from "../features/audit/index.ts";
import type { RunnerAlarmKey } from "./running-jobs.ts";

export const createAuditOutbox: Migration = (sql) => {
  sql.exec("CREATE TABLE audit_outbox (id TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID");
};

/** D1 may have been slow for one request only. */
const firstAttemptMs = 2_000;
const batchSize = 100;

/** Audit entries that D1 did not accept, until it does. Writing one twice stores it once. */
export class AuditOutbox implements AlarmTask<"audit"> {
  readonly #env: Env;
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler<RunnerAlarmKey>;

  constructor(env: Env, sql: SqlStorage, alarms: AlarmScheduler<RunnerAlarmKey>) {
    this.#env = env;
    this.#sql = sql;
    this.#alarms = alarms;
  }

  add(entry: StoredAuditEntry, nowMs: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO audit_outbox (id, entry) VALUES (?, ?)",
      entry.id,
      JSON.stringify(entry),
    );
    this.#alarms.setNoLaterThan("audit", nowMs + firstAttemptMs);
  }

  /** Writes the kept entries. When D1 fails, the alarm scheduler retries. */
  async onAlarm(): Promise<void> {
    for (;;) {
      const rows = this.#sql
        .exec<{ id: string; entry: string }>(
          "SELECT id, entry FROM audit_outbox ORDER BY id LIMIT ?",
          batchSize,
        )
        .toArray();
      if (rows.length === 0) return this.#alarms.clear("audit");
      await writeAuditEntries(
        this.#env,
        rows.map(({ entry }) => JSON.parse(entry) as StoredAuditEntry),
      );
      for (const { id } of rows) this.#sql.exec("DELETE FROM audit_outbox WHERE id = ?", id);
    }
  }
}
