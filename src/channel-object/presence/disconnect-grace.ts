import type { UserStatus } from "../../domain/actor.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import { isBlank, type Migration } from "../../durable/migrations.ts";
import { limits } from "../../protocol/index.ts";

export const createDepartures: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE departures (user_id TEXT PRIMARY KEY, at INTEGER NOT NULL, status TEXT NOT NULL) WITHOUT ROWID",
  );
};

interface Departure {
  /** When they count as gone, ms since 1970. */
  at: number;
  status: UserStatus;
}

/**
 * Whose last socket went a moment ago: they are still present, and gone when the alarm says so. Written down, since a room may
 * lose its memory meanwhile; the table is small, so it is held in memory as well.
 */
export class DisconnectGrace {
  static readonly key = "departures";
  readonly #sql: SqlStorage;
  readonly #due: AlarmScheduler;
  readonly #rows: Map<string, Departure>;

  constructor(sql: SqlStorage, due: AlarmScheduler) {
    this.#sql = sql;
    this.#due = due;
    this.#rows = new Map(isBlank(sql) ? [] : stored(sql));
  }

  get all(): UserStatus[] {
    return [...this.#rows.values()].map(({ status }) => status);
  }

  find(userId: string): UserStatus | undefined {
    return this.#rows.get(userId)?.status;
  }

  note(status: UserStatus, nowMs: number): void {
    const at = nowMs + limits.absenceMs;
    this.#put({ at, status });
    if (!this.#due.has(DisconnectGrace.key)) this.#due.set(DisconnectGrace.key, at);
  }

  /** One who is leaving shows themselves otherwise. */
  restate(status: UserStatus): void {
    const known = this.#rows.get(status.userId);
    if (known) this.#put({ ...known, status });
  }

  /** They are back, or nobody is to see that they were there. */
  cancel(userId: string): void {
    if (!this.#rows.has(userId)) return;
    this.#remove(userId);
    if (this.#rows.size === 0) this.#due.clear(DisconnectGrace.key);
  }

  /** By the alarm: who is gone now. From here on they are not among those who are leaving. */
  takeGone(nowMs: number): string[] {
    const gone = [...this.#rows].filter(([, { at }]) => at <= nowMs).map(([userId]) => userId);
    for (const userId of gone) this.#remove(userId);
    const next = Math.min(...[...this.#rows.values()].map(({ at }) => at));
    if (this.#rows.size > 0) this.#due.set(DisconnectGrace.key, next);
    else this.#due.clear(DisconnectGrace.key);
    return gone;
  }

  #put(departure: Departure): void {
    const { at, status } = departure;
    this.#sql.exec(
      "INSERT OR REPLACE INTO departures (user_id, at, status) VALUES (?, ?, ?)",
      status.userId,
      at,
      JSON.stringify(status),
    );
    this.#rows.set(status.userId, departure);
  }

  #remove(userId: string): void {
    this.#sql.exec("DELETE FROM departures WHERE user_id = ?", userId);
    this.#rows.delete(userId);
  }
}

const stored = (sql: SqlStorage): [string, Departure][] =>
  sql
    .exec<{ userId: string; at: number; status: string }>(
      "SELECT user_id AS userId, at, status FROM departures ORDER BY at",
    )
    .toArray()
    .map(({ userId, at, status }) => [userId, { at, status: JSON.parse(status) as UserStatus }]);
