import type { Log } from "../log/log.ts";
import { limits, type Notification, type UserEventData } from "../protocol/index.ts";
import { HeldNotices, type Notifying } from "./held-notices.ts";
import { NotificationMarks } from "./notification-marks.ts";
import type { OwnEvents } from "./own-events.ts";

/** Past so many the oldest go. */
const maxKept = 10_000;

/** Where the user stands: what lists and marks tell. */
export interface NotificationPlace {
  /** Exact up to 99. */
  unread: number;
  lastReadSeq: number;
}

/** `seq` and `epoch` are where the log then stood; `epoch` is null before its life began. */
export interface NotificationList extends NotificationPlace {
  items: Notification[];
  seq: number;
  epoch: string | null;
}

/** A user's notifications: events of their own log, each of a channel's events once. Everything that writes wants a commit. */
export class Notifications {
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #own: OwnEvents;
  readonly #held: HeldNotices;
  readonly #marks: NotificationMarks;

  constructor(sql: SqlStorage, { log, own }: { log: Log; own: OwnEvents }) {
    this.#sql = sql;
    this.#log = log;
    this.#own = own;
    this.#held = new HeldNotices(sql);
    this.#marks = new NotificationMarks(sql);
  }

  /** Takes it, if it was not taken before; `trim` after the last one. `hold`: neither the log nor the list has it until `release`. */
  take(channelId: string, notice: Notifying, { hold, nowMs }: { hold: boolean; nowMs: number }): void {
    if (this.#isKnown(channelId, notice)) return;
    if (hold) this.#held.add(channelId, notice);
    else this.#add(channelId, notice, nowMs);
  }

  /** Logs what was held back, in the order in which it came. */
  release(nowMs: number): void {
    for (const { channelId, notice } of this.#held.takeAll()) this.#add(channelId, notice, nowMs);
    this.trim();
  }

  /** Newest first, those before the event `before` where it is given. */
  list(limit: number, before: number = Number.MAX_SAFE_INTEGER): NotificationList {
    const place = this.place();
    const items = this.#sql
      .exec<{ data: string }>(
        `SELECT log.data FROM notifications JOIN log ON log.seq = notifications.seq
         WHERE notifications.seq < ? ORDER BY notifications.seq DESC LIMIT ?`,
        before,
        limit,
      )
      .toArray()
      .map(({ data }) => {
        const { notification } = JSON.parse(data) as UserEventData<"notificationCreate">;
        return Object.assign(notification, { read: notification.seq <= place.lastReadSeq });
      });
    return { items, ...place, seq: this.#own.head, epoch: this.#own.epoch };
  }

  place(): NotificationPlace {
    const { lastReadSeq } = this.#marks;
    const { unread } = this.#sql
      .exec<{ unread: number }>(
        "SELECT count(*) AS unread FROM (SELECT 1 FROM notifications WHERE seq > ? LIMIT ?)",
        lastReadSeq,
        limits.unreadCounted,
      )
      .one();
    return { unread, lastReadSeq };
  }

  /** All up to the event `seq` are read. Where none of them was unread, nothing is logged. */
  markRead(seq: number, nowMs: number): void {
    const { last } = this.#sql
      .exec<{ last: number | null }>("SELECT max(seq) AS last FROM notifications WHERE seq <= ?", seq)
      .one();
    if (last === null || last <= this.#marks.lastReadSeq) return;
    this.#marks.readTo(last);
    this.#own.append("notificationRead", { lastReadSeq: last }, nowMs);
  }

  /** Whether it was taken before; of what is older than something let go, that can't be told, and it counts as known. */
  #isKnown(channelId: string, { channelSeq, createdAt }: Notifying): boolean {
    if (this.#held.has(channelId, channelSeq)) return true;
    const known = this.#sql.exec(
      "SELECT 1 FROM notifications WHERE channel_id = ? AND channel_seq = ?",
      channelId,
      channelSeq,
    );
    return known.toArray().length > 0 || Date.parse(createdAt) <= this.#marks.trimmedTo;
  }

  #add(channelId: string, notice: Notifying, nowMs: number): void {
    const { kind, channelSeq, messageId, threadId, actorId, createdAt } = notice;
    const seq = this.#own.head + 1;
    const about = { kind, channelId, channelSeq, messageId, threadId, actorId, createdAt };
    this.#own.append("notificationCreate", { notification: { seq, ...about, read: false } }, nowMs, actorId);
    this.#sql.exec(
      `INSERT INTO notifications (nr, seq, channel_id, channel_seq, created_at)
       VALUES ((SELECT coalesce(max(nr), 0) + 1 FROM notifications), ?, ?, ?, ?)`,
      seq,
      channelId,
      channelSeq,
      Date.parse(createdAt),
    );
  }

  /** Lets the oldest go that are too many, held back or not, and the log's events up to them. */
  trim(): void {
    this.#marks.trimTo(this.#held.trim());
    const gone = this.#sql
      .exec<{ at: number }>(
        "DELETE FROM notifications WHERE nr <= (SELECT max(nr) FROM notifications) - ? RETURNING created_at AS at",
        maxKept,
      )
      .toArray();
    if (gone.length === 0) return;
    this.#marks.trimTo(gone.reduce((newest, { at }) => Math.max(newest, at), 0));
    this.#log.trim(this.#sql.exec<{ seq: number }>("SELECT min(seq) AS seq FROM notifications").one().seq);
  }
}
