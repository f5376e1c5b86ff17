import type { Reminder, ReminderState } from "../../protocol/index.ts";
import { isoTime } from "../../lib/time.ts";

/** A row of `reminders`; `createPersonalTables` describes the columns. */
export type ReminderRow = {
  id: string;
  text: string;
  remindAt: number;
  state: ReminderState;
  channelId: string | null;
  messageId: string | null;
  firings: number;
  rev: number;
  nonceHash: string | null;
  createdAt: number;
  updatedAt: number;
};

/** A reminder before it has an id. */
export interface NewReminder {
  text: string;
  /** In ms since 1970. */
  at: number;
  /** The message that it is about, which the caller has checked to be readable, and its channel. */
  message: { channelId: string; messageId: string } | null;
  nonce?: string | undefined;
  nonceHash?: string | undefined;
}

/** Where a page of the list begins: after this time and id. */
export type ReminderPosition = readonly [at: number, id: string];

const columns = `id, text, remind_at AS remindAt, state, channel_id AS channelId, message_id AS messageId, firings, rev,
  nonce_hash AS nonceHash, created_at AS createdAt, updated_at AS updatedAt`;

/** The table of the user's reminders. Call the methods that write within a commit. */
export class Reminders {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(id: string): ReminderRow | undefined {
    return this.#select("id = ?", id)[0];
  }

  findByNonce(nonce: string): ReminderRow | undefined {
    return this.#select("nonce = ?", nonce)[0];
  }

  /** Lists reminders in these states, in order of their times. */
  list(states: readonly ReminderState[], limit: number, [at, id]: ReminderPosition = [0, ""]): ReminderRow[] {
    return this.#select(
      "state IN (SELECT value FROM json_each(?)) AND (remind_at, id) > (?, ?) ORDER BY remind_at, id LIMIT ?",
      JSON.stringify(states),
      at,
      id,
      limit,
    );
  }

  /** The number that are not done. */
  get openCount(): number {
    return this.#sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM reminders WHERE state IN ('pending', 'due')")
      .one().n;
  }

  /** Those whose time has come, the earliest first. */
  due(nowMs: number, limit: number): ReminderRow[] {
    return this.#select("state = 'pending' AND remind_at <= ? ORDER BY remind_at LIMIT ?", nowMs, limit);
  }

  /** When the next one becomes due; null if none is pending. */
  nextAt(): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT min(remind_at) AS at FROM reminders WHERE state = 'pending'")
      .one().at;
  }

  insert(id: string, { text, at, message, nonce, nonceHash }: NewReminder, nowMs: number): ReminderRow {
    this.#sql.exec(
      `INSERT INTO reminders (id, text, remind_at, state, channel_id, message_id, rev, nonce, nonce_hash, created_at, updated_at)
       VALUES (?1, ?2, ?3, 'pending', ?4, ?5, 1, ?6, ?7, ?8, ?8)`,
      id,
      text,
      at,
      message?.channelId ?? null,
      message?.messageId ?? null,
      nonce ?? null,
      nonceHash ?? null,
      nowMs,
    );
    return this.#select("id = ?", id)[0] as ReminderRow;
  }

  /** Changes a row, and its `rev` and time of change. */
  update(row: ReminderRow, change: Partial<ReminderRow>, nowMs: number): ReminderRow {
    const next = { ...row, ...change, rev: row.rev + 1, updatedAt: nowMs };
    this.#sql.exec(
      "UPDATE reminders SET text = ?, remind_at = ?, state = ?, firings = ?, rev = ?, updated_at = ? WHERE id = ?",
      next.text,
      next.remindAt,
      next.state,
      next.firings,
      next.rev,
      nowMs,
      row.id,
    );
    return next;
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM reminders WHERE id = ?", id);
  }

  /** Deletes the oldest that are done beyond `keep`. */
  trimDone(keep: number): void {
    this.#sql.exec(
      `DELETE FROM reminders WHERE id IN (
         SELECT id FROM reminders WHERE state = 'done' ORDER BY updated_at DESC, id DESC LIMIT -1 OFFSET ?)`,
      keep,
    );
  }

  #select(which: string, ...values: SqlStorageValue[]): ReminderRow[] {
    return this.#sql
      .exec<ReminderRow>(`SELECT ${columns} FROM reminders WHERE ${which}`, ...values)
      .toArray();
  }
}

/** Returns a reminder as its user receives it. */
export const presentReminder = (row: ReminderRow): Reminder => ({
  id: row.id,
  text: row.text,
  at: isoTime(row.remindAt),
  state: row.state,
  channelId: row.channelId,
  messageId: row.messageId,
  rev: row.rev,
  createdAt: isoTime(row.createdAt),
});
