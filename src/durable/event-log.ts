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

/** The form in which rows are written now; older ones are upcast when they are read. */
const rowVersion = 1;

/** An event as the log holds it. `data` and `projectionData` are JSON text. */
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
 * An append-only log in an object's own SQLite: `seq` from 1 without holes, `at` that never goes back, an epoch that names
 * this life of it. Append within a transaction; after a rollback call `forget`.
 */
export class EventLog {
  readonly #sql: SqlStorage;
  #tail: { head: number; at: number } | undefined;
  #epoch: string | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Gives the log its life. */
  start(epoch: string): void {
    this.#sql.exec("INSERT INTO log_life (one, epoch) VALUES (1, ?)", epoch);
    this.#epoch = epoch;
  }

  /** Undefined before its life began. */
  get epochIfStarted(): string | undefined {
    return (this.#epoch ??= this.#sql
      .exec<{ epoch: string }>("SELECT epoch FROM log_life")
      .toArray()[0]?.epoch);
  }

  get epoch(): string {
    const { epochIfStarted } = this;
    if (epochIfStarted === undefined) throw new Error("A log without a life");
    return epochIfStarted;
  }

  /** The `seq` of the last event; 0 before the first. */
  get head(): number {
    return this.#end.head;
  }

  /** The time for an event decided now: the clock's, or the last event's where the clock went back. */
  monotonicTime(nowMs: number): number {
    return Math.max(nowMs, this.#end.at);
  }

  get #end(): { head: number; at: number } {
    this.#tail ??= this.#sql
      .exec<{ head: number; at: number }>("SELECT seq AS head, at FROM log ORDER BY seq DESC LIMIT 1")
      .toArray()[0] ?? { head: 0, at: 0 };
    return this.#tail;
  }

  append(event: {
    at: number;
    type: string;
    actorId: string;
    data: string;
    projectionData?: string | null;
    subject?: string | null;
  }): number {
    const seq = this.head + 1;
    this.#sql.exec(
      "INSERT INTO log (seq, at, v, type, actor_id, data, for_sinks, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      seq,
      event.at,
      rowVersion,
      event.type,
      event.actorId,
      event.data,
      event.projectionData ?? null,
      event.subject ?? null,
    );
    this.#tail = { head: seq, at: event.at };
    return seq;
  }

  /** Events after `after`, at most `limit` and about `maxBytes` of them, but at least one where there is one. */
  read(after: number, limit: number, maxBytes: number = 512 * 1024): LogRow[] {
    const rows: LogRow[] = [];
    let size = 0;
    for (const row of this.#sql.exec<StoredRow>(
      "SELECT seq, at, v, type, actor_id, data, for_sinks FROM log WHERE seq > ? ORDER BY seq LIMIT ?",
      after,
      limit,
    )) {
      size += row.data.length + (row.for_sinks?.length ?? 0);
      if (rows.length > 0 && size > maxBytes) break;
      rows.push(upcast(row));
    }
    return rows;
  }

  at(seq: number): LogRow | undefined {
    const [row] = this.#sql
      .exec<StoredRow>("SELECT seq, at, v, type, actor_id, data, for_sinks FROM log WHERE seq = ?", seq)
      .toArray();
    return row && upcast(row);
  }

  /** Rewrites the data of the events about `subject`, and of `seq` itself: the only change that the log ever sees. */
  redact(seq: number, subject: string, rewrite: (data: string) => string): void {
    const places = this.#sql
      .exec<{ seq: number }>(
        "SELECT seq FROM log WHERE seq = ? UNION SELECT seq FROM log WHERE subject = ?",
        seq,
        subject,
      )
      .toArray();
    // One after the other: a message may have been edited a thousand times.
    for (const place of places) {
      const { data } = this.#sql
        .exec<{ data: string }>("SELECT data FROM log WHERE seq = ?", place.seq)
        .one();
      this.#sql.exec("UPDATE log SET data = ?, for_sinks = NULL WHERE seq = ?", rewrite(data), place.seq);
    }
  }

  /** Lets go of the events before `seq`, but never of the last one: `seq` goes on counting from it. */
  deleteBefore(seq: number): void {
    this.#sql.exec("DELETE FROM log WHERE seq < min(?, ?)", seq, this.head);
  }

  /** After each append, keeps the last `size` events and, of those before, the ones of the type `except`. */
  deleteOldest(size: number, except: string): void {
    this.#sql.exec("DELETE FROM log WHERE seq = ? AND type <> ?", this.head - size, except);
  }

  /** What memory holds may have been rolled back. */
  invalidate(): void {
    this.#tail = undefined;
    this.#epoch = undefined;
  }
}

/** A row of any release as this one understands it. A version from a later release is refused rather than misread. */
function upcast({ v, actor_id, for_sinks, ...row }: StoredRow): LogRow {
  if (v !== rowVersion)
    throw new Error(`Log row ${row.seq} has version ${v}; this release reads up to ${rowVersion}`);
  return { ...row, actorId: actor_id, projectionData: for_sinks };
}

type Told = Pick<LogRow, "seq" | "at" | "type" | "data">;

/** The event as the wire has it, by joining text: what is stored is what is sent, whoever receives it and when. */
export function eventEnvelope({ type, seq, at, data }: Told, channelId: string): string {
  return `{"type":"${type}","channelId":"${channelId}","seq":${seq},"at":"${isoTime(at)}","data":${data}}`;
}

/** As `envelope`, of the log of a user's own events. */
export function userEventEnvelope({ type, seq, at, data }: Told): string {
  return `{"type":"${type}","seq":${seq},"at":"${isoTime(at)}","data":${data}}`;
}
