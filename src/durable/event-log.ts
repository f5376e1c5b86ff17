import { isoTime } from "../lib/time.ts";
import type { Migration } from "./migrations.ts";

export const createLog: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE log_life (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL);
    CREATE TABLE log (
      seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      v INTEGER NOT NULL,
      type TEXT NOT NULL,
      actor_id TEXT NOT NULL,
      data TEXT NOT NULL,
      for_sinks TEXT,
      subject TEXT
    );
    CREATE INDEX log_by_subject ON log (subject) WHERE subject IS NOT NULL;
  `);
};

/** The version of rows that this release writes. Rows of earlier versions are converted when they are read. */
const rowVersion = 1;

/** An event as stored. `data` and `projectionData` are JSON text. */
export interface LogRow {
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  type: string;
  actorId: string;
  data: string;
  projectionData: string | null;
}

type StoredRow = {
  seq: number;
  at: number;
  v: number;
  type: string;
  actor_id: string;
  data: string;
  for_sinks: string | null;
};

/**
 * An append-only log in an object's SQLite. Sequence numbers start at 1 and have no gaps, and times never decrease. The epoch identifies
 * the log: a log that is created again has another one. Append within a transaction, and call `invalidate` after a rollback.
 */
export class EventLog {
  readonly #sql: SqlStorage;
  readonly #recent: RecentRows;
  #tail: { head: number; at: number } | undefined;
  #epoch: string | undefined;

  /** @param recentBytes how many bytes of the last events to keep in memory as well, so that readers who follow the log read no storage */
  constructor(sql: SqlStorage, { recentBytes = 0 }: { recentBytes?: number } = {}) {
    this.#sql = sql;
    this.#recent = new RecentRows(recentBytes);
  }

  /** Sets the epoch of a new log. */
  start(epoch: string): void {
    this.#sql.exec("INSERT INTO log_life (one, epoch) VALUES (1, ?)", epoch);
    this.#epoch = epoch;
  }

  /** The epoch; undefined before `start`. */
  get epochIfStarted(): string | undefined {
    return (this.#epoch ??= this.#sql
      .exec<{ epoch: string }>("SELECT epoch FROM log_life")
      .toArray()[0]?.epoch);
  }

  get epoch(): string {
    const { epochIfStarted } = this;
    if (epochIfStarted === undefined) throw new Error("A log without an epoch");
    return epochIfStarted;
  }

  /** The `seq` of the last event; 0 before the first. */
  get head(): number {
    return this.#readTail().head;
  }

  /** Returns the time of an event that is appended now: the clock's, or the last event's if the clock was set back. */
  monotonicTime(nowMs: number): number {
    return Math.max(nowMs, this.#readTail().at);
  }

  #readTail(): { head: number; at: number } {
    this.#tail ??= this.#sql
      .exec<{ head: number; at: number }>("SELECT seq AS head, at FROM log ORDER BY seq DESC LIMIT 1")
      .toArray()[0] ?? { head: 0, at: 0 };
    return this.#tail;
  }

  /** Appends an event and returns its sequence number. */
  append(event: {
    at: number;
    type: string;
    actorId: string;
    data: string;
    projectionData?: string | null;
    subject?: string | null;
  }): number {
    const seq = this.head + 1;
    const { at, type, actorId, data, projectionData = null } = event;
    this.#sql.exec(
      "INSERT INTO log (seq, at, v, type, actor_id, data, for_sinks, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      seq,
      at,
      rowVersion,
      type,
      actorId,
      data,
      projectionData,
      event.subject ?? null,
    );
    this.#tail = { head: seq, at };
    this.#recent.add({ seq, at, type, actorId, data, projectionData });
    return seq;
  }

  /** Returns events after `after`, at most `limit` and about `maxBytes` of them, but at least one if there is any. */
  read(after: number, limit: number, maxBytes: number = 512 * 1024): LogRow[] {
    const rows: LogRow[] = [];
    let size = 0;
    for (const row of this.#recent.after(after) ?? this.#stored(after, limit)) {
      size += sizeOf(row);
      if (rows.length === limit || (rows.length > 0 && size > maxBytes)) break;
      rows.push(row);
    }
    return rows;
  }

  *#stored(after: number, limit: number): Generator<LogRow> {
    for (const row of this.#sql.exec<StoredRow>(
      "SELECT seq, at, v, type, actor_id, data, for_sinks FROM log WHERE seq > ? ORDER BY seq LIMIT ?",
      after,
      limit,
    ))
      yield upcast(row);
  }

  /** Returns the event with this sequence number, if it is still stored. */
  at(seq: number): LogRow | undefined {
    const [row] = this.#sql
      .exec<StoredRow>("SELECT seq, at, v, type, actor_id, data, for_sinks FROM log WHERE seq = ?", seq)
      .toArray();
    return row && upcast(row);
  }

  /** Returns the `seq` of the last event that was appended before `beforeMs`; 0 if there is none. Times never decrease. */
  lastSeqBefore(beforeMs: number): number {
    let [low, high] = [0, this.head];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      // A row may be missing in a log that deletes its oldest: the next one has a later time.
      const [row] = this.#sql
        .exec<{ at: number }>("SELECT at FROM log WHERE seq >= ? ORDER BY seq LIMIT 1", middle)
        .toArray();
      if (row && row.at < beforeMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * Rewrites the data of the event `seq` and of all events about `subject`, and drops their projection data. The only change that is ever
   * made to stored events. Rewriting twice gives the same data.
   */
  redact(seq: number, subject: string, rewrite: (data: string) => string): void {
    this.#recent.clear();
    const affected = this.#sql
      .exec<{ seq: number }>(
        "SELECT seq FROM log WHERE seq = ? UNION SELECT seq FROM log WHERE subject = ?",
        seq,
        subject,
      )
      .toArray();
    // One row at a time, to bound memory: a message may have been edited a thousand times.
    for (const row of affected) {
      const { data, sinksBytes } = this.#sql
        .exec<{ data: string; sinksBytes: number | null }>(
          "SELECT data, octet_length(for_sinks) AS sinksBytes FROM log WHERE seq = ?",
          row.seq,
        )
        .one();
      this.#overwrite(row.seq, { data, sinksBytes: sinksBytes ?? 0 }, rewrite(data));
    }
  }

  /**
   * Rewrites the projection data of events of a type after `after`, up to `to`, as `redact` does. What `rewrite` returns must have the same
   * length in bytes, so that nothing of the old text stays in the page.
   *
   * @param rewrite returns undefined for data that stays as it is
   */
  redactProjectionData(
    { type, after, to }: { type: string; after: number; to: number },
    rewrite: (projectionData: string) => string | undefined,
  ): void {
    const rows = this.#sql
      .exec<{ seq: number; sinks: string }>(
        "SELECT seq, for_sinks AS sinks FROM log WHERE seq > ? AND seq <= ? AND type = ? AND for_sinks IS NOT NULL",
        after,
        to,
        type,
      )
      .toArray();
    for (const { seq, sinks } of rows) {
      const rewritten = rewrite(sinks);
      if (rewritten === undefined) continue;
      this.#recent.clear();
      this.#sql.exec("UPDATE log SET for_sinks = ? WHERE seq = ?", rewritten, seq);
    }
  }

  /**
   * Replaces the data of an event and empties its projection data, both padded with blanks to their old length. SQLite writes a row of the
   * same size in place, so that nothing of the old text is left in the file; `PRAGMA secure_delete` is not permitted here. A shorter row would
   * move others, and SQLite does not write the pages that it frees by that.
   */
  #overwrite(seq: number, { data, sinksBytes }: { data: string; sinksBytes: number }, next: string): void {
    const padded = (text: string, bytes: number): string =>
      text + " ".repeat(Math.max(0, bytes - Buffer.byteLength(text)));
    this.#sql.exec(
      "UPDATE log SET data = ?, for_sinks = ? WHERE seq = ?",
      padded(next, Buffer.byteLength(data)),
      sinksBytes > 0 ? padded("{}", sinksBytes) : null,
      seq,
    );
  }

  /** Deletes the events before `seq`, but never the last one, which holds the current sequence number. */
  deleteBefore(seq: number): void {
    this.#recent.clear();
    this.#sql.exec("DELETE FROM log WHERE seq < min(?, ?)", seq, this.head);
  }

  /** Deletes the event that has just left the last `size` events, unless it is of the type `except`. Call after each append. */
  deleteOldest(size: number, except: string): void {
    this.#recent.clear();
    this.#sql.exec("DELETE FROM log WHERE seq = ? AND type <> ?", this.head - size, except);
  }

  /** Reads the end of the log and the epoch again on next use: what memory holds may have been rolled back. */
  invalidate(): void {
    this.#recent.clear();
    this.#tail = undefined;
    this.#epoch = undefined;
  }
}

const sizeOf = ({ data, projectionData }: LogRow): number => data.length + (projectionData?.length ?? 0);

/** The last rows of a log, without holes. */
class RecentRows {
  readonly #maxBytes: number;
  #rows: LogRow[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(row: LogRow): void {
    if (this.#maxBytes === 0) return;
    this.#rows.push(row);
    this.#bytes += sizeOf(row);
    if (this.#bytes <= this.#maxBytes) return;
    // Half at once, so that an append rarely moves the others.
    this.#rows = this.#rows.slice(Math.ceil(this.#rows.length / 2));
    this.#bytes = this.#rows.reduce((sum, kept) => sum + sizeOf(kept), 0);
  }

  /** Returns the rows after the number `seq`; undefined if not all of them are here. */
  after(seq: number): LogRow[] | undefined {
    const [first] = this.#rows;
    return first && first.seq <= seq + 1 ? this.#rows.slice(seq + 1 - first.seq) : undefined;
  }

  clear(): void {
    this.#rows = [];
    this.#bytes = 0;
  }
}

/** Converts a stored row. @throws Error for a row of a later release, which this one might misread */
function upcast({ v, actor_id, for_sinks, ...row }: StoredRow): LogRow {
  if (v !== rowVersion)
    throw new Error(`Log row ${row.seq} has version ${v}; this release reads up to ${rowVersion}`);
  // A redacted row is padded to its old length.
  const projectionData = for_sinks?.trimEnd() === "{}" ? null : for_sinks;
  return { ...row, data: row.data.trimEnd(), actorId: actor_id, projectionData };
}

type EnvelopeRow = Pick<LogRow, "seq" | "at" | "type" | "data">;

/** Makes an event's envelope by joining text, so that it is the same bytes live, in a replay and over REST. */
export function eventEnvelope({ type, seq, at, data }: EnvelopeRow, channelId: string): string {
  return `{"type":"${type}","channelId":"${channelId}","seq":${seq},"at":"${isoTime(at)}","data":${data}}`;
}

/** As `eventEnvelope`, for the log of a user's own events. */
export function userEventEnvelope({ type, seq, at, data }: EnvelopeRow): string {
  return `{"type":"${type}","seq":${seq},"at":"${isoTime(at)}","data":${data}}`;
}
