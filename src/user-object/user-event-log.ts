import { randomToken } from "../lib/ids.ts";
import type { UserEvent, ReadStateNotice } from "../domain/notice.ts";
import { type EventLog, userEventEnvelope } from "../durable/event-log.ts";
import type { Migration } from "../durable/migrations.ts";
import { limits, type ServerEnvelope, type UserEventData, type UserEventType } from "../protocol/index.ts";

/** How far each room has told: `seq` of its events that are the user's own, `rev` of where they have read. */
export const createRoomCursors: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE room_marks (channel_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, rev INTEGER NOT NULL) WITHOUT ROWID",
  );
};

/** More than this at once would look like a reader that falls behind. */
const maxReplayBytes = limits.unconfirmedCloseBytes / 4;

/**
 * The log of a user's own events: what devices hear, live or after a while. It keeps as many as can be replayed, and the
 * notifications. Everything that writes wants a commit.
 */
export class UserEventLog {
  readonly #sql: SqlStorage;
  readonly #log: EventLog;
  readonly #userId: string;
  #unsent: string[] = [];

  constructor(sql: SqlStorage, { userId, log }: { userId: string; log: EventLog }) {
    this.#sql = sql;
    this.#log = log;
    this.#userId = userId;
  }

  /** The place of the last one; 0 before the first. */
  get head(): number {
    return this.#log.head;
  }

  /** Null: nobody ever listened, and nothing happened. */
  get epoch(): string | null {
    return this.#log.epochIfStarted ?? null;
  }

  /** From here on there is an epoch. */
  ensureStarted(): void {
    if (this.#log.epochIfStarted === undefined) this.#log.start(randomToken(9));
  }

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

  /** Takes a room's event once, since a room sends them in order; whether this was the first time. */
  appendOnce(channelId: string, channelSeq: number, { type, data }: UserEvent, nowMs: number): boolean {
    if (channelSeq <= this.#cursorOf(channelId).seq) return false;
    this.#advanceCursor(channelId, { seq: channelSeq, rev: 0 });
    this.append(type, data, nowMs);
    return true;
  }

  /** Takes where the user has read, if it is newer than what was known. */
  applyReadState(channelId: string, { lastReadSeq, rev }: ReadStateNotice, nowMs: number): void {
    if (rev <= this.#cursorOf(channelId).rev) return;
    this.#advanceCursor(channelId, { seq: 0, rev });
    this.#sql.exec("UPDATE room_marks SET last_read_seq = ? WHERE channel_id = ?", lastReadSeq, channelId);
    this.append("readUpdate", { channelId, lastReadSeq }, nowMs);
  }

  /** Up to where the user has read in a channel, as its room last reported; 0 where it did not. */
  lastReadSeq(channelId: string): number {
    const [mark] = this.#sql
      .exec<{ seq: number }>("SELECT last_read_seq AS seq FROM room_marks WHERE channel_id = ?", channelId)
      .toArray();
    return mark?.seq ?? 0;
  }

  /** What came after `since`, as text; a `reset` where that is not a place of this log, or too long ago. */
  replaySince(since: number | undefined, epoch: string | undefined): string[] {
    if (since === undefined) return [];
    const { head } = this;
    const missed = head - since;
    const isPlace = missed >= 0 && (epoch === undefined || epoch === this.#log.epoch);
    const rows = isPlace ? this.#log.read(since, limits.replayEvents, maxReplayBytes) : [];
    if (isPlace && rows.length === missed) return rows.map(userEventEnvelope);
    const reset: ServerEnvelope = { type: "reset", data: { epoch: this.#log.epoch, seq: head } };
    return [JSON.stringify(reset)];
  }

  /** What was committed and is still to be told to those who listen. */
  takeUnsent(): string[] {
    return this.#unsent.splice(0);
  }

  /** What memory holds may have been rolled back. */
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
