import type { UserStatus } from "../../domain/actor.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { CustomStatus, Presence } from "../../protocol/index.ts";

/** Creates the tables of the status that rooms receive, and of the minute in which the user was last visibly active. */
export const createShownStatus: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE shown_status (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      presence TEXT NOT NULL,
      custom TEXT,
      rev INTEGER NOT NULL
    );
    CREATE TABLE last_active (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL);
    INSERT INTO last_active (one, at) SELECT 1, max(last_used_at) / 60000 * 60000 FROM sessions
      WHERE NOT EXISTS (SELECT 1 FROM status WHERE presence = 'invisible') HAVING max(last_used_at) IS NOT NULL`);
};

type Row = { presence: string; custom: string | null; rev: number };

const minuteMs = 60_000;

/** Rounds a time (ms since 1970) down to the minute: the exact time would reveal too much about the user. */
export const toMinute = (ms: number): number => ms - (ms % minuteMs);

/** The status that others see while the user is connected. Call the methods that write within a commit. */
export class PublicStatus {
  readonly #sql: SqlStorage;
  readonly #userId: string;

  constructor(sql: SqlStorage, userId: string) {
    this.#sql = sql;
    this.#userId = userId;
  }

  get current(): UserStatus {
    const { presence, custom, rev } = this.#row;
    return {
      userId: this.#userId,
      presence: presence as Presence,
      custom: custom === null ? null : (JSON.parse(custom) as CustomStatus),
      rev,
    };
  }

  /** Stores the status under the next `rev` if it differs from the stored one; returns whether it does. */
  set(presence: Presence, custom: CustomStatus | null): boolean {
    const stored = this.#row;
    const text = custom && JSON.stringify(custom);
    if (stored.presence === presence && stored.custom === text) return false;
    this.#sql.exec(
      `INSERT INTO shown_status (one, presence, custom, rev) VALUES (1, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET presence = excluded.presence, custom = excluded.custom, rev = excluded.rev`,
      presence,
      text,
      stored.rev + 1,
    );
    return true;
  }

  /** When the user was last visibly active, to the minute, ms since 1970; null: never. */
  get lastActiveAt(): number | null {
    return this.#sql.exec<{ at: number }>("SELECT at FROM last_active").toArray()[0]?.at ?? null;
  }

  /** Records that the user is active at a time. */
  recordActivity(nowMs: number): void {
    const at = toMinute(nowMs);
    if (at <= (this.lastActiveAt ?? -1)) return;
    this.#sql.exec(
      "INSERT INTO last_active (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at",
      at,
    );
  }

  get #row(): Row {
    const [row] = this.#sql.exec<Row>("SELECT presence, custom, rev FROM shown_status").toArray();
    return row ?? { presence: "online", custom: null, rev: 0 };
  }
}
