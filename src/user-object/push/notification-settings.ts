import { quietUntil } from "../../domain/quiet-hours.ts";
import { ZonedClock } from "../../lib/zoned-time.ts";
import type { NotificationSettings, QuietHours } from "../../protocol/index.ts";
import type { Rollbackable } from "../rollbackable.ts";

/** A change of the settings. What is absent stays as it is. */
export interface NotificationSettingsChange {
  quietHours?: QuietHours | null | undefined;
  pushWhenActive?: boolean | undefined;
}

/** The time zone of the profile, and the revision of the account that has it. */
export interface ProfileZone {
  timeZone: string | null;
  rev: number;
}

type Row = { quietHours: string | null; pushWhenActive: number; timeZone: string | null };

interface Stored extends NotificationSettings {
  clock: ZonedClock;
}

/** When the user's notifications are pushed. Call the methods that write within a commit. */
export class StoredNotificationSettings implements Rollbackable {
  readonly #sql: SqlStorage;
  #stored: Stored | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get current(): NotificationSettings {
    const { quietHours, pushWhenActive } = this.#read();
    return { quietHours, pushWhenActive };
  }

  /** Returns when the present quiet hours end; undefined outside of them. Both are ms since 1970. */
  quietUntil(nowMs: number): number | undefined {
    const { quietHours, clock } = this.#read();
    return quietHours ? quietUntil(quietHours, clock, nowMs) : undefined;
  }

  change({ quietHours, pushWhenActive }: NotificationSettingsChange, zone: ProfileZone): void {
    const before = this.current;
    const after = quietHours === undefined ? before.quietHours : quietHours;
    this.#sql.exec(
      `INSERT INTO notification_settings (one, quiet_hours, push_when_active, time_zone, account_rev) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET quiet_hours = excluded.quiet_hours, push_when_active = excluded.push_when_active`,
      after && JSON.stringify(after),
      (pushWhenActive ?? before.pushWhenActive) ? 1 : 0,
      zone.timeZone,
      zone.rev,
    );
    this.setTimeZone(zone);
  }

  /** Stores the time zone of the profile, unless that of a later revision of the account is stored. Does nothing before the first settings. */
  setTimeZone({ timeZone, rev }: ProfileZone): void {
    this.#sql.exec(
      "UPDATE notification_settings SET time_zone = ?1, account_rev = ?2 WHERE account_rev <= ?2",
      timeZone,
      rev,
    );
    this.#stored = undefined;
  }

  /** Discards what is cached, since a rollback may have undone it. */
  invalidate(): void {
    this.#stored = undefined;
  }

  #read(): Stored {
    if (this.#stored) return this.#stored;
    const [row] = this.#sql
      .exec<Row>(
        `SELECT quiet_hours AS quietHours, push_when_active AS pushWhenActive, time_zone AS timeZone FROM notification_settings`,
      )
      .toArray();
    this.#stored = {
      quietHours: row?.quietHours ? (JSON.parse(row.quietHours) as QuietHours) : null,
      pushWhenActive: row?.pushWhenActive === 1,
      clock: clockOf(row?.timeZone ?? "UTC"),
    };
    return this.#stored;
  }
}

/** A zone that the runtime does not know counts as UTC: names are removed from the database of zones now and then. */
function clockOf(timeZone: string): ZonedClock {
  try {
    return new ZonedClock(timeZone);
  } catch {
    return new ZonedClock("UTC");
  }
}
