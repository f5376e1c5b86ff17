import { checkCustomStatus } from "../../features/users/index.ts";
import type { ChosenPresence, CustomStatus, Status } from "../../protocol/index.ts";

/** What is given is changed; `custom: null` clears. */
export interface StatusUpdate {
  presence?: ChosenPresence | undefined;
  custom?: CustomStatus | null | undefined;
}

type Row = { presence: string; custom: string | null };

/** The status that a user chose. A custom one past its time is not shown, whether or not it was cleared yet. */
export class ChosenStatus {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether the user does not want to be disturbed. */
  get defersNotifications(): boolean {
    return this.#stored.presence === "dnd";
  }

  at(nowMs: number): Status {
    const { presence, custom } = this.#stored;
    return { presence, custom: custom && expiryOf(custom) > nowMs ? custom : null };
  }

  /** Within a commit. Refuses `validation_failed` as `checkCustomStatus` does. */
  change({ presence, custom }: StatusUpdate, nowMs: number): void {
    const kept = this.at(nowMs);
    this.#store({
      presence: presence ?? kept.presence,
      custom: custom ? checkCustomStatus(custom, nowMs) : custom === null ? null : kept.custom,
    });
  }

  /** Within a commit. Clears a custom status that is past its time. */
  clearExpired(nowMs: number): void {
    this.#store(this.at(nowMs));
  }

  /** When the custom status ends; infinite where it does not, or where there is none. */
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
