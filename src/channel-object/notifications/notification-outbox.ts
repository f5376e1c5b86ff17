import { failpoint } from "../../lib/failpoint.ts";
import type { ReadStateNotice, ThreadReadStateNotice, UserNotice } from "../../domain/notice.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import type { AlarmScheduler, AlarmTask } from "../../durable/alarm-scheduler.ts";
import type { Migration } from "../../durable/migrations.ts";
import { Outbox, type OutboxBatch, type OutboxQueue } from "../../durable/outbox.ts";
import type { RoomAlarmKey } from "../alarm-tasks.ts";
import type { ProjectionContext } from "../projections/projection-context.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** A notice for one user's hub. */
export interface NoticeDelivery {
  userId: string;
  notice: UserNotice;
}

/** A user's read position in the channel, for their other devices. */
export interface ReadStateDelivery {
  userId: string;
  reading: ReadStateNotice;
}

/** A user's read position in a thread; `rev` is the room's revision of it. */
export interface ThreadReadStateDelivery {
  userId: string;
  rev: number;
  reading: ThreadReadStateNotice;
}

/** Creates the outbox. Its cursor begins at the end of the log, so that events from before this migration cause no notifications. */
export const createNotificationOutbox: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE deliveries (
      user_id TEXT NOT NULL,
      seq INTEGER NOT NULL,
      notice TEXT NOT NULL,
      at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (user_id, seq)
    ) WITHOUT ROWID;
    CREATE INDEX deliveries_by_time ON deliveries (at);
    INSERT INTO cursors (sink, seq) SELECT 'notifications', max(seq) FROM log HAVING max(seq) IS NOT NULL;
  `);
};

/** The alarm delivers rows this long after their commit, in case the object crashes before it does. */
const takeoverMs = 5_000;
/** After a failure of the object's own storage. */
const storageRetryMs = 250;
const maxRowsPerCall = 200;
/** The `seq` of the row with a user's read position in the channel: there is at most one, the newest. */
const readStateSeq = 0;

/** The rows for one user that one call delivers. */
interface NotificationBatch extends OutboxBatch {
  userId: string;
  firstSeq: number;
  lastSeq: number;
  notices: UserNotice[];
  threads: ThreadReadStateNotice[];
  /** The read position as JSON text. */
  reading: string | undefined;
}

/**
 * Sends notices and read positions to users' hubs until the hubs confirm them. A lane of the outbox is a user, so a hub that does
 * not answer delays only its own user. A row may arrive twice; hubs deduplicate by the event's `seq` or the revision.
 *
 * The `seq` of a row says what it is: of a notice the `seq` of its event, of the read position in the channel 0, and of a read position
 * in a thread the negative revision.
 */
export class NotificationOutbox implements OutboxQueue<NotificationBatch>, AlarmTask {
  static readonly key = "deliveries";
  readonly #env: Env;
  readonly #room: StoredRoomState;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler<RoomAlarmKey>;
  readonly #outbox: Outbox<NotificationBatch>;

  constructor({ env, room, storage, alarms }: ProjectionContext) {
    this.#env = env;
    this.#room = room;
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#alarms = alarms;
    this.#outbox = new Outbox(this, {
      name: "notifications",
      concurrency: 20,
      timeoutMs: 10_000,
      backoff: { baseMs: 500, capMs: 60_000 },
    });
  }

  /** Commits notices, and starts to deliver them. */
  add(deliveries: readonly NoticeDelivery[]): void {
    this.#put(deliveries.map(({ userId, notice }) => ({ userId, seq: notice.channelSeq, content: notice })));
  }

  /** Commits read positions in the channel, in place of older ones that were not delivered yet, and starts to deliver them. */
  addReadStates(deliveries: readonly ReadStateDelivery[]): void {
    this.#put(deliveries.map(({ userId, reading }) => ({ userId, seq: readStateSeq, content: reading })));
  }

  /** Commits read positions in threads, and starts to deliver them. */
  addThreadReadStates(deliveries: readonly ThreadReadStateDelivery[]): void {
    this.#put(deliveries.map(({ userId, rev, reading }) => ({ userId, seq: -rev, content: reading })));
  }

  #put(rows: readonly { userId: string; seq: number; content: object }[]): void {
    if (rows.length === 0) return;
    const nowMs = Date.now();
    this.#storage.transactionSync(() => {
      for (const { userId, seq, content } of rows)
        // A hub in backoff gets the new row together with the others: a new row does not shorten the wait.
        this.#sql.exec(
          `INSERT INTO deliveries (user_id, seq, notice, at)
           VALUES (?1, ?2, ?3, max(?4, coalesce((SELECT at FROM deliveries WHERE user_id = ?1 LIMIT 1), 0)))
           ON CONFLICT (user_id, seq) DO UPDATE SET notice = excluded.notice WHERE seq = ${readStateSeq}`,
          userId,
          seq,
          JSON.stringify(content),
          nowMs,
        );
      this.#alarms.setNoLaterThan(NotificationOutbox.key, nowMs + takeoverMs);
    });
    void this.#outbox.deliver(rows.map(({ userId }) => userId));
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  dueLanes(nowMs: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT user_id AS id FROM deliveries WHERE at <= ? GROUP BY user_id ORDER BY min(at)",
        nowMs,
      )
      .toArray()
      .map(({ id }) => id);
  }

  take(userId: string, nowMs: number): NotificationBatch | undefined {
    if (!this.#isDue(userId, nowMs)) return undefined;
    const rows = this.#sql
      .exec<{ seq: number; notice: string; attempts: number }>(
        "SELECT seq, notice, attempts FROM deliveries WHERE user_id = ? ORDER BY seq LIMIT ?",
        userId,
        maxRowsPerCall,
      )
      .toArray();
    const of = <T>(isPart: (seq: number) => boolean): T[] =>
      rows.flatMap(({ seq, notice }) => (isPart(seq) ? [JSON.parse(notice) as T] : []));
    return {
      userId,
      firstSeq: rows[0]?.seq ?? 0,
      lastSeq: rows.at(-1)?.seq ?? 0,
      attempts: rows.reduce((most, { attempts }) => Math.max(most, attempts), 0),
      notices: of<UserNotice>((seq) => seq > readStateSeq),
      threads: of<ThreadReadStateNotice>((seq) => seq < readStateSeq),
      reading: rows.find(({ seq }) => seq === readStateSeq)?.notice,
    };
  }

  #isDue(userId: string, nowMs: number): boolean {
    const due = this.#sql.exec(
      "SELECT 1 FROM deliveries WHERE user_id = ? AND at <= ? LIMIT 1",
      userId,
      nowMs,
    );
    return due.toArray().length > 0;
  }

  async send({ userId, notices, threads, reading }: NotificationBatch): Promise<undefined> {
    const channelId = this.#room.channel.id;
    const readState = reading === undefined ? undefined : (JSON.parse(reading) as ReadStateNotice);
    await callObject(() => hubOf(this.#env, userId).receiveNotices(channelId, notices, readState, threads));
  }

  confirm({ userId, firstSeq, lastSeq, reading }: NotificationBatch): void {
    failpoint("room:after-notify");
    this.#sql.exec(
      // A read position in a thread that was committed during the call has a lower `seq` than all that the call delivered.
      "DELETE FROM deliveries WHERE user_id = ? AND seq BETWEEN ? AND ? AND (seq <> ? OR notice = ?)",
      userId,
      firstSeq,
      lastSeq,
      readStateSeq,
      // A newer read position that was committed during the call stays.
      reading ?? null,
    );
  }

  /** Postpones all rows of the user, also those that were not part of the call: the hub is not to be called earlier for them. */
  postpone({ userId }: NotificationBatch, at: number, attempts: number): void {
    this.#sql.exec("UPDATE deliveries SET at = ?, attempts = ? WHERE user_id = ?", at, attempts, userId);
  }

  schedule(nowMs: number, isDelivering: boolean): void {
    const { at } = this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM deliveries").one();
    if (at === null) this.#alarms.clear(NotificationOutbox.key);
    else
      this.#alarms.set(
        NotificationOutbox.key,
        Math.max(at, nowMs + (isDelivering ? takeoverMs : storageRetryMs)),
      );
  }
}
