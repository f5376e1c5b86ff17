import { SimulatedCrash, failpoint } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import type { UserNotice, ReadStateNotice, ThreadReadStateNotice } from "../../domain/notice.ts";
import { settledWithin } from "../../lib/parallel.ts";
import { backoffMs } from "../../lib/backoff.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { Migration } from "../../durable/migrations.ts";

/** What one user's hub is to be told. */
export interface NoticeDelivery {
  userId: string;
  notice: UserNotice;
}

/** Up to where one of them has read, for their other devices. */
export interface ReadStateDelivery {
  userId: string;
  reading: ReadStateNotice;
}

/** As `ReadingDelivery`, of a thread; `rev` is the room's revision of it. */
export interface ThreadReadStateDelivery {
  userId: string;
  rev: number;
  reading: ThreadReadStateNotice;
}

/** Users that are to be notified of what is in the log, until their hubs confirm it. Nobody is notified of what was before this. */
export const createDeliveries: Migration = (sql) => {
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

export interface DeliveriesOptions {
  storage: DurableObjectStorage;
  due: AlarmScheduler;
  /** Tells a user's hub; resolves when it has committed. Called again until it does. */
  tell: (
    userId: string,
    notices: UserNotice[],
    reading: ReadStateNotice | undefined,
    threads: ThreadReadStateNotice[],
  ) => Promise<void>;
}

/** The first attempt is made at once; were the object to die meanwhile, the alarm makes it this much later. */
const takeoverMs = 5_000;
const patienceMs = 10_000;
const usersAtOnce = 20;
const noticesPerCall = 200;
const retryMs = 250;
/** The place of a user's reading among their notices: there is one at a time, the newest. */
const readingSeq = 0;

/** The rows that hubs have not confirmed. Each user's are retried alone: a hub that does not answer holds up nobody else's. */
export class NotificationOutbox {
  static readonly key = "deliveries";
  readonly #options: DeliveriesOptions;
  readonly #sql: SqlStorage;
  /** Users whose turn comes, and those whose hubs are being told. */
  readonly #waiting = new Set<string>();
  readonly #beingTold = new Set<string>();
  readonly #workers = new Set<Promise<void>>();

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#sql = options.storage.sql;
  }

  /** Commits the rows, then begins to deliver them. */
  add(deliveries: readonly NoticeDelivery[]): void {
    this.#put(deliveries.map(({ userId, notice }) => ({ userId, seq: notice.channelSeq, text: notice })));
  }

  /** As `add`; one that was not delivered yet gives way to a newer one. */
  addReadStates(deliveries: readonly ReadStateDelivery[]): void {
    this.#put(deliveries.map(({ userId, reading }) => ({ userId, seq: readingSeq, text: reading })));
  }

  /** As `add`, of threads. Their rows lie before all others, one for each revision. */
  addThreadReadStates(deliveries: readonly ThreadReadStateDelivery[]): void {
    this.#put(deliveries.map(({ userId, rev, reading }) => ({ userId, seq: -rev, text: reading })));
  }

  #put(rows: readonly { userId: string; seq: number; text: object }[]): void {
    if (rows.length === 0) return;
    const { storage, due } = this.#options;
    const nowMs = Date.now();
    storage.transactionSync(() => {
      for (const { userId, seq, text } of rows)
        // A hub that did not answer is not called again before its time because more came.
        this.#sql.exec(
          `INSERT INTO deliveries (user_id, seq, notice, at)
           VALUES (?1, ?2, ?3, max(?4, coalesce((SELECT at FROM deliveries WHERE user_id = ?1 LIMIT 1), 0)))
           ON CONFLICT (user_id, seq) DO UPDATE SET notice = excluded.notice WHERE seq = ${readingSeq}`,
          userId,
          seq,
          JSON.stringify(text),
          nowMs,
        );
      if (!due.has(NotificationOutbox.key)) due.set(NotificationOutbox.key, nowMs + takeoverMs);
    });
    this.#begin(rows.map(({ userId }) => userId));
  }

  /** By the alarm: delivers what is due, and sets the alarm for the rest. Waits for it, but not as long as more and more comes. */
  async run(): Promise<void> {
    this.#begin(this.#dueUsers());
    await settledWithin(Promise.all(this.#workers), patienceMs);
  }

  /** Who is being told hears of what came meanwhile as well. */
  #begin(userIds: readonly string[]): void {
    for (const userId of userIds) if (!this.#beingTold.has(userId)) this.#waiting.add(userId);
    const free = usersAtOnce - this.#workers.size;
    for (let n = Math.min(free, this.#waiting.size); n > 0; n--) {
      const worker: Promise<void> = this.#work().finally(() => {
        this.#workers.delete(worker);
        this.#begin([]);
      });
      this.#workers.add(worker);
    }
    if (this.#workers.size === 0) this.#schedule();
  }

  /** One after the other, those too who come meanwhile. */
  async #work(): Promise<void> {
    for (const userId of this.#waiting) {
      this.#waiting.delete(userId);
      this.#beingTold.add(userId);
      try {
        while (this.#isDue(userId)) await this.#deliver(userId);
      } catch (error) {
        if (__FAILPOINTS__ && error instanceof SimulatedCrash) return new Promise(() => {});
        logLine({ level: "warn", message: "delivery failed", error: describeError(error) });
      } finally {
        this.#beingTold.delete(userId);
      }
    }
  }

  #schedule(): void {
    const { due } = this.#options;
    const [next] = this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM deliveries").toArray();
    if (next?.at == null) due.clear(NotificationOutbox.key);
    // What is due still could not be read or written here: not at once again.
    else due.set(NotificationOutbox.key, Math.max(next.at, Date.now() + retryMs));
  }

  #dueUsers(): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT user_id AS id FROM deliveries WHERE at <= ? GROUP BY user_id ORDER BY min(at)",
        Date.now(),
      )
      .toArray()
      .map(({ id }) => id);
  }

  #isDue(userId: string): boolean {
    const due = this.#sql.exec(
      "SELECT 1 FROM deliveries WHERE user_id = ? AND at <= ? LIMIT 1",
      userId,
      Date.now(),
    );
    return due.toArray().length > 0;
  }

  async #deliver(userId: string): Promise<void> {
    const rows = this.#sql
      .exec<{ seq: number; notice: string; attempts: number }>(
        "SELECT seq, notice, attempts FROM deliveries WHERE user_id = ? ORDER BY seq LIMIT ?",
        userId,
        noticesPerCall,
      )
      .toArray();
    const last = rows.at(-1)?.seq ?? 0;
    const reading = rows.find(({ seq }) => seq === readingSeq)?.notice;
    const notices = rows.flatMap(({ seq, notice }) =>
      seq > readingSeq ? [JSON.parse(notice) as UserNotice] : [],
    );
    const threads = rows.flatMap(({ seq, notice }) =>
      seq < readingSeq ? [JSON.parse(notice) as ThreadReadStateNotice] : [],
    );
    const readingNotice = reading === undefined ? undefined : (JSON.parse(reading) as ReadStateNotice);
    const told = this.#options.tell(userId, notices, readingNotice, threads).then(
      () => true,
      () => false,
    );
    if ((await settledWithin(told, patienceMs)) && (await told)) {
      failpoint("room:after-notify");
      this.#sql.exec(
        "DELETE FROM deliveries WHERE user_id = ? AND seq <= ? AND (seq <> ? OR notice = ?)",
        userId,
        last,
        readingSeq,
        // A newer one that came meanwhile stays.
        reading ?? null,
      );
      return;
    }
    const attempts = rows.reduce((most, row) => Math.max(most, row.attempts), 0);
    // Those too that this call did not bear: the hub is not called again at once because of them.
    this.#sql.exec(
      "UPDATE deliveries SET at = ?, attempts = ? WHERE user_id = ?",
      Date.now() + backoffMs(attempts, { baseMs: 500, capMs: 60_000 }),
      attempts + 1,
      userId,
    );
  }
}
