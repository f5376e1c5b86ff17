import { checkCustomStatus } from "../../features/users/index.ts";
import type { ChosenPresence, CustomStatus, Status } from "../../protocol/index.ts";

/** A change of the status. Absent fields stay as they are; `custom: null` clears the custom status. */
export interface StatusUpdate {
  presence?: ChosenPresence | undefined;
  custom?: CustomStatus | null | undefined;
}

type Row = { presence: string; custom: string | null };

/** The status that the user chose. An expired custom status is not returned, whether or not the alarm has cleared it yet. */
export class ChosenStatus {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether the presence is `dnd`, during which notifications are deferred. */
  get defersNotifications(): boolean {
    return this.#stored.presence === "dnd";
  }

  /** Returns the status at a time, ms since 1970. */
  at(nowMs: number): Status {
    const { presence, custom } = this.#stored;
    return { presence, custom: custom && expiryOf(custom) > nowMs ? custom : null };
  }

  /**
   * Changes the status. Call it within a commit.
   *
   * @throws `validation_failed` for an unknown emoji or an end in the past
   */
  change({ presence, custom }: StatusUpdate, nowMs: number): void {
    const present = this.at(nowMs);
    this.#store({
      presence: presence ?? present.presence,
      custom: custom ? checkCustomStatus(custom, nowMs) : custom === null ? null : present.custom,
    });
  }

  /** Clears an expired custom status. Call it within a commit. */
  clearExpired(nowMs: number): void {
    this.#store(this.at(nowMs));
  }

  /** Returns when the custom status expires, ms since 1970; infinite if it does not or there is none. */
  expiresAt(): number {
    const { custom } = this.#stored;
    return custom ? expiryOf(custom) : Number.POSITIVE_INFINITY;
  }

  get #stored(): Status {
    const [row] = this.#sql.exec<Row>("SELECT presence, custom FROM status").toArray();
    if (!row) return { presence: "auto", custom: null };
    return {
      presence: row.presence as ChosenPresence,
      custom: row.custom === null ? null : (JSON.parse(row.custom) as CustomStatus),
    };
  }

  #store({ presence, custom }: Status): void {
    this.#sql.exec(
      `INSERT INTO status (one, presence, custom) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET presence = excluded.presence, custom = excluded.custom`,
      presence,
      custom && JSON.stringify(custom),
    );
  }
}

const expiryOf = ({ expiresAt }: CustomStatus): number =>
  expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
