import type { Message, ScheduledMessage, ScheduledState, TokenScope } from "../../protocol/index.ts";
import { isoTime } from "../../lib/time.ts";

/** The optional fields of a message that its author supplies. */
export type ScheduledExtras = Pick<Message, "kind" | "sender" | "attachments" | "metadata">;

/** A scheduled message in the type that RPC transports: it can't express the `unknown` values of metadata. */
export type SentScheduledMessage = Omit<ScheduledMessage, "metadata"> & { metadata?: object | undefined };

/** A row of `scheduled_messages`; `createPersonalTables` describes the columns. */
export type ScheduledRow = {
  id: string;
  channelId: string;
  threadId: string | null;
  alsoInChannel: number;
  content: string;
  fileIds: string;
  extras: string;
  isBot: number;
  scopes: string | null;
  sendAt: number;
  state: ScheduledState;
  at: number | null;
  attempts: number;
  startedAt: number | null;
  error: string | null;
  messageId: string | null;
  rev: number;
  nonceHash: string | null;
  createdAt: number;
  updatedAt: number;
};

/** A scheduled message before it has an id. */
export interface NewScheduledMessage {
  channelId: string;
  threadId: string | null;
  alsoInChannel: boolean;
  content: string;
  fileIds: string[];
  extras: ScheduledExtras;
  isBot: boolean;
  /** In ms since 1970. */
  sendAt: number;
  /** The scopes of the token that schedules it; null for a session of a person. */
  scopes: TokenScope[] | null;
  nonce?: string | undefined;
  nonceHash?: string | undefined;
}

/** Where a page of the list begins: after this `sendAt` and id. */
export type ScheduledPosition = readonly [sendAt: number, id: string];

const columns = `id, channel_id AS channelId, thread_id AS threadId, also_in_channel AS alsoInChannel, content, file_ids AS fileIds, extras, is_bot AS isBot, scopes,
  send_at AS sendAt, state, at, attempts, started_at AS startedAt, error, message_id AS messageId, rev, nonce_hash AS nonceHash,
  created_at AS createdAt, updated_at AS updatedAt`;

/** The table of the user's scheduled messages. Call the methods that write within a commit. */
export class ScheduledMessages {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(id: string): ScheduledRow | undefined {
    return this.#select("id = ?", id)[0];
  }

  findByNonce(nonce: string): ScheduledRow | undefined {
    return this.#select("nonce = ?", nonce)[0];
  }

  /** Lists those that are not sent, in order of their times. */
  list(limit: number, [sendAt, id]: ScheduledPosition = [0, ""], channelId?: string): ScheduledRow[] {
    return this.#select(
      "(send_at, id) > (?, ?) AND state <> 'sent' AND (?3 IS NULL OR channel_id = ?3) ORDER BY send_at, id LIMIT ?4",
      sendAt,
      id,
      channelId ?? null,
      limit,
    );
  }

  /** The number that wait to be sent. */
  get pendingCount(): number {
    return this.#sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM scheduled_messages WHERE at IS NOT NULL")
      .one().n;
  }

  /** The next one of a channel whose time has come. */
  nextDue(channelId: string, nowMs: number): ScheduledRow | undefined {
    return this.#select(
      "channel_id = ? AND at IS NOT NULL AND at <= ? ORDER BY at, send_at, id LIMIT 1",
      channelId,
      nowMs,
    )[0];
  }

  /** The channels with one whose time has come, the earliest first, at most `limit`. */
  dueChannels(nowMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ channelId: string }>(
        `SELECT channel_id AS channelId FROM scheduled_messages WHERE at IS NOT NULL AND at <= ?
         GROUP BY channel_id ORDER BY min(at) LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray()
      .map(({ channelId }) => channelId);
  }

  /** When the next one is due; null if none waits. */
  nextAt(): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT min(at) AS at FROM scheduled_messages WHERE at IS NOT NULL")
      .one().at;
  }

  insert(id: string, input: NewScheduledMessage, nowMs: number): ScheduledRow {
    this.#sql.exec(
      `INSERT INTO scheduled_messages (id, channel_id, thread_id, also_in_channel, content, file_ids, scopes, send_at, state, at, rev, nonce,
         nonce_hash, created_at, updated_at, extras, is_bot)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', ?8, 1, ?9, ?10, ?11, ?11, ?12, ?13)`,
      id,
      input.channelId,
      input.threadId,
      input.alsoInChannel ? 1 : 0,
      input.content,
      JSON.stringify(input.fileIds),
      input.scopes && JSON.stringify(input.scopes),
      input.sendAt,
      input.nonce ?? null,
      input.nonceHash ?? null,
      nowMs,
      JSON.stringify(input.extras),
      input.isBot ? 1 : 0,
    );
    return this.#select("id = ?", id)[0] as ScheduledRow;
  }

  /** Changes a row, and its `rev` and time of change. */
  update(row: ScheduledRow, change: Partial<ScheduledRow>, nowMs: number): ScheduledRow {
    const next = { ...row, ...change, rev: row.rev + 1, updatedAt: nowMs };
    this.#sql.exec(
      `UPDATE scheduled_messages SET content = ?, file_ids = ?, scopes = ?, extras = ?, send_at = ?, state = ?, at = ?, attempts = ?, started_at = ?, error = ?,
         message_id = ?, rev = ?, updated_at = ? WHERE id = ?`,
      next.content,
      next.fileIds,
      next.scopes,
      next.extras,
      next.sendAt,
      next.state,
      next.at,
      next.attempts,
      next.startedAt,
      next.error,
      next.messageId,
      next.rev,
      nowMs,
      row.id,
    );
    return next;
  }

  /** Sets when the outbox next works on a row, which is no change that the user sees. */
  postpone(id: string, at: number, attempts: number): void {
    this.#sql.exec(
      "UPDATE scheduled_messages SET at = ?, attempts = ? WHERE id = ? AND at IS NOT NULL",
      at,
      attempts,
      id,
    );
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM scheduled_messages WHERE id = ?", id);
  }

  /** Deletes the oldest in a final state beyond `keep`. */
  trim(state: "sent" | "failed", keep: number): void {
    this.#sql.exec(
      `DELETE FROM scheduled_messages WHERE id IN (
         SELECT id FROM scheduled_messages WHERE state = ? ORDER BY updated_at DESC, id DESC LIMIT -1 OFFSET ?)`,
      state,
      keep,
    );
  }

  #select(which: string, ...values: SqlStorageValue[]): ScheduledRow[] {
    return this.#sql
      .exec<ScheduledRow>(`SELECT ${columns} FROM scheduled_messages WHERE ${which}`, ...values)
      .toArray();
  }
}

/** Returns a scheduled message as its author receives it. */
export const presentScheduled = (row: ScheduledRow): ScheduledMessage => ({
  id: row.id,
  channelId: row.channelId,
  threadId: row.threadId,
  ...(row.alsoInChannel === 1 && { alsoInChannel: true as const }),
  content: row.content,
  fileIds: JSON.parse(row.fileIds) as string[],
  ...(JSON.parse(row.extras) as ScheduledExtras),
  sendAt: isoTime(row.sendAt),
  state: row.state,
  error: row.error === null ? null : (JSON.parse(row.error) as ScheduledMessage["error"]),
  messageId: row.messageId,
  rev: row.rev,
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
});
