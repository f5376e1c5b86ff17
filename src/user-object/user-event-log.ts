import { randomToken } from "../lib/ids.ts";
import type { UserEvent, ReadStateNotice } from "../domain/notice.ts";
import { type EventLog, userEventEnvelope } from "../durable/event-log.ts";
import type { Migration } from "../durable/migrations.ts";
import type { Rollbackable } from "./rollbackable.ts";
import { limits, type ServerEnvelope, type UserEventData, type UserEventType } from "../protocol/index.ts";

/**
 * How far each room's reports have been applied: `seq` of its last event that was appended here, and `rev` of the last read position.
 */
export const createRoomCursors: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE room_marks (channel_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, rev INTEGER NOT NULL) WITHOUT ROWID",
  );
};

/** A larger replay could by itself reach the send window at which a slow connection is closed. */
const maxReplayBytes = limits.unconfirmedCloseBytes / 4;

/**
 * The log of the user's own events, which devices receive live or by replay after a reconnect. It keeps the last `replayEvents` events,
 * and all notifications. Call the methods that write within a commit.
 */
export class UserEventLog implements Rollbackable {
  readonly #sql: SqlStorage;
  readonly #log: EventLog;
  readonly #userId: string;
  #unsent: string[] = [];

  constructor(sql: SqlStorage, { userId, log }: { userId: string; log: EventLog }) {
    this.#sql = sql;
    this.#log = log;
    this.#userId = userId;
  }

  /** The `seq` of the last event; 0 before the first. */
  get head(): number {
    return this.#log.head;
  }

  /** Identifies this log for replays; null before the first event and the first device. */
  get epoch(): string | null {
    return this.#log.epochIfStarted ?? null;
  }

  /** Starts the log if it has no epoch yet. */
  ensureStarted(): void {
    if (this.#log.epochIfStarted === undefined) this.#log.start(randomToken(9));
  }

  /** Appends an event, which `commit` broadcasts to the devices; returns its `seq`. */
  append<T extends UserEventType>(
    type: T,
    data: UserEventData<T>,
    nowMs: number,
    actorId = this.#userId,
  ): number {
    this.ensureStarted();
    const event = { at: this.#log.monotonicTime(nowMs), type, actorId, data: JSON.stringify(data) };
    const seq = this.#log.append(event);
    this.#log.deleteOldest(limits.replayEvents, "notificationCreate" satisfies UserEventType);
    this.#unsent.push(userEventEnvelope({ ...event, seq }));
    return seq;
  }

  /** Appends an event of a room, unless it was appended before. Rooms send them in order. Returns whether it was appended. */
  appendOnce(channelId: string, channelSeq: number, { type, data }: UserEvent, nowMs: number): boolean {
    if (channelSeq <= this.#cursorOf(channelId).seq) return false;
    this.#advanceCursor(channelId, { seq: channelSeq, rev: 0 });
    this.append(type, data, nowMs);
    return true;
  }

  /** Stores the user's read position in a channel, if its `rev` is higher than the stored one's. */
  applyReadState(channelId: string, { lastReadSeq, rev }: ReadStateNotice, nowMs: number): void {
    if (rev <= this.#cursorOf(channelId).rev) return;
    this.#advanceCursor(channelId, { seq: 0, rev });
    this.#sql.exec("UPDATE room_marks SET last_read_seq = ? WHERE channel_id = ?", lastReadSeq, channelId);
    this.append("readUpdate", { channelId, lastReadSeq }, nowMs);
  }

  /** Removes the name and the texts of a channel that was deleted for good from the user's own events. */
  redactChannel(channelId: string): void {
    const rows = this.#sql
      .exec<{ seq: number; data: string }>(
        "SELECT seq, data FROM log WHERE type = 'channelCreate' AND data->>'$.channel.id' = ?",
        channelId,
      )
      .toArray();
    for (const { seq, data } of rows) {
      const { channel } = JSON.parse(data) as UserEventData<"channelCreate">;
      const redacted = { channel: { ...channel, name: null, topic: "", description: "" } };
      this.#log.redact(seq, "", () => JSON.stringify(redacted));
    }
  }

  /** Returns the user's read position in a channel as its room last reported it; 0 before the first report. */
  lastReadSeq(channelId: string): number {
    const [mark] = this.#sql
      .exec<{ seq: number }>("SELECT last_read_seq AS seq FROM room_marks WHERE channel_id = ?", channelId)
      .toArray();
    return mark?.seq ?? 0;
  }

  /**
   * Returns the events after `since` as frames. When `since` is not a position of this log, or its successors are no longer kept, returns
   * a `reset` frame instead.
   */
  replaySince(since: number | undefined, epoch: string | undefined): string[] {
    if (since === undefined) return [];
    const { head } = this;
    const missed = head - since;
    const isPosition = missed >= 0 && (epoch === undefined || epoch === this.#log.epoch);
    const rows = isPosition ? this.#log.read(since, limits.replayEvents, maxReplayBytes) : [];
    if (isPosition && rows.length === missed) return rows.map(userEventEnvelope);
    const reset: ServerEnvelope = { type: "reset", data: { epoch: this.#log.epoch, seq: head } };
    return [JSON.stringify(reset)];
  }

  /** Returns the frames appended since the last call. Call it after the commit, to broadcast them. */
  takeUnsent(): string[] {
    return this.#unsent.splice(0);
  }

  /** Discards unsent frames and cached positions, since a rollback may have undone them. */
  invalidate(): void {
    this.#unsent = [];
    this.#log.invalidate();
  }

  #cursorOf(channelId: string): { seq: number; rev: number } {
    const [mark] = this.#sql
      .exec<{ seq: number; rev: number }>("SELECT seq, rev FROM room_marks WHERE channel_id = ?", channelId)
      .toArray();
    return mark ?? { seq: 0, rev: 0 };
  }

  #advanceCursor(channelId: string, { seq, rev }: { seq: number; rev: number }): void {
    this.#sql.exec(
      `INSERT INTO room_marks (channel_id, seq, rev) VALUES (?, ?, ?)
       ON CONFLICT (channel_id) DO UPDATE SET seq = max(seq, excluded.seq), rev = max(rev, excluded.rev)`,
      channelId,
      seq,
      rev,
    );
  }
}
