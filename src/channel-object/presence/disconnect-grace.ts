import type { UserStatus } from "../../domain/actor.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import { isBlank, type Migration } from "../../durable/migrations.ts";
import { limits } from "../../protocol/index.ts";

export const createDepartures: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE departures (user_id TEXT PRIMARY KEY, at INTEGER NOT NULL, status TEXT NOT NULL) WITHOUT ROWID",
  );
};

interface Disconnect {
  /** When the grace period ends, in ms since 1970. */
  at: number;
  status: UserStatus;
}

/**
 * Users whose last socket closed less than the grace period (5 s) ago. They still count as present, so that a reconnect is not visible
 * to others. An open socket is presence by itself; only disconnects are stored, because the room may be evicted before the grace
 * period ends. The table is small and cached in memory.
 */
export class DisconnectGrace {
  static readonly key = "departures";
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler;
  readonly #rows: Map<string, Disconnect>;

  constructor(sql: SqlStorage, alarms: AlarmScheduler) {
    this.#sql = sql;
    this.#alarms = alarms;
    this.#rows = new Map(isBlank(sql) ? [] : readDisconnects(sql));
  }

  get all(): UserStatus[] {
    return [...this.#rows.values()].map(({ status }) => status);
  }

  /** Returns the status of a user in the grace period. */
  find(userId: string): UserStatus | undefined {
    return this.#rows.get(userId)?.status;
  }

  /** Starts a user's grace period. If the process dies before its end, the scheduled task ends it after the restart. */
  start(status: UserStatus, nowMs: number): void {
    const at = nowMs + limits.absenceMs;
    this.#put({ at, status });
    if (!this.#alarms.has(DisconnectGrace.key)) this.#alarms.set(DisconnectGrace.key, at);
  }

  /** Replaces the status of a user in the grace period. */
  updateStatus(status: UserStatus): void {
    const stored = this.#rows.get(status.userId);
    if (stored) this.#put({ ...stored, status });
  }

  /** Ends a user's grace period: they are back, or have become invisible. */
  cancel(userId: string): void {
    if (!this.#rows.has(userId)) return;
    this.#remove(userId);
    if (this.#rows.size === 0) this.#alarms.clear(DisconnectGrace.key);
  }

  /** Removes and returns the users whose grace period is over, and schedules the next run. For the scheduled task. */
  removeExpired(nowMs: number): string[] {
    const expired = [...this.#rows].filter(([, { at }]) => at <= nowMs).map(([userId]) => userId);
    for (const userId of expired) this.#remove(userId);
    const next = Math.min(...[...this.#rows.values()].map(({ at }) => at));
    if (this.#rows.size > 0) this.#alarms.set(DisconnectGrace.key, next);
    else this.#alarms.clear(DisconnectGrace.key);
    return expired;
  }

  #put(disconnect: Disconnect): void {
    const { at, status } = disconnect;
    this.#sql.exec(
      "INSERT OR REPLACE INTO departures (user_id, at, status) VALUES (?, ?, ?)",
      status.userId,
      at,
      JSON.stringify(status),
    );
    this.#rows.set(status.userId, disconnect);
  }

  #remove(userId: string): void {
    this.#sql.exec("DELETE FROM departures WHERE user_id = ?", userId);
    this.#rows.delete(userId);
  }
}

const readDisconnects = (sql: SqlStorage): [string, Disconnect][] =>
  sql
    .exec<{ userId: string; at: number; status: string }>(
      "SELECT user_id AS userId, at, status FROM departures ORDER BY at",
    )
    .toArray()
    .map(({ userId, at, status }) => [userId, { at, status: JSON.parse(status) as UserStatus }]);
