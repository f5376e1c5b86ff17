import { randomToken } from "../core/ids.ts";
import type { Notice } from "../core/notice.ts";
import type { Log } from "../log/log.ts";
import { limits, type Notification, type UserEventData, type UserEventType } from "../protocol/index.ts";
import { HeldNotices } from "./held-notices.ts";
import { NotificationMarks } from "./notification-marks.ts";

/** Past so many the oldest go. */
const maxKept = 10_000;

/** Where the user stands: what lists and marks tell. */
export interface NotificationPlace {
  /** Exact up to 99. */
  unread: number;
  lastReadSeq: number;
}

/** `seq` and `epoch` are where the log then stood; `epoch` is null while nothing was ever logged. */
export interface NotificationList extends NotificationPlace {
  items: Notification[];
  seq: number;
  epoch: string | null;
}

/** A user's notifications: events of the hub's log, each of a channel's events once. Everything that writes wants a commit. */
export class Notifications {
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #userId: string;
  readonly #held: HeldNotices;
  readonly #marks: NotificationMarks;

  constructor(sql: SqlStorage, { userId, log }: { userId: string; log: Log }) {
    this.#sql = sql;
    this.#log = log;
    this.#userId = userId;
    this.#held = new HeldNotices(sql);
    this.#marks = new NotificationMarks(sql);
  }

  /** Takes what was not taken before. `hold`: neither the log nor the list has it until `release`. */
  take(
    channelId: string,
    notices: readonly Notice[],
    { hold, nowMs }: { hold: boolean; nowMs: number },
  ): void {
    for (const notice of notices) {
      if (this.#isKnown(channelId, notice)) continue;
      if (hold) this.#held.add(channelId, notice);
      else this.#add(channelId, notice, nowMs);
    }
    if (hold) this.#marks.trimTo(this.#held.trim());
    else this.#trim();
  }

  /** Logs what was held back, in the order in which it came. */
  release(nowMs: number): void {
    for (const { channelId, notice } of this.#held.takeAll()) this.#add(channelId, notice, nowMs);
    this.#trim();
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
    const { head } = this.#log;
    return { items, ...place, seq: head, epoch: head === 0 ? null : this.#log.epoch };
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
    this.#append("notificationRead", { lastReadSeq: last }, this.#userId, nowMs);
  }

  /** Whether it was taken before; of what is older than something let go, that can't be told, and it counts as known. */
  #isKnown(channelId: string, { channelSeq, createdAt }: Notice): boolean {
    if (this.#held.has(channelId, channelSeq)) return true;
    const known = this.#sql.exec(
      "SELECT 1 FROM notifications WHERE channel_id = ? AND channel_seq = ?",
      channelId,
      channelSeq,
    );
    return known.toArray().length > 0 || Date.parse(createdAt) <= this.#marks.trimmedTo;
  }

  #add(channelId: string, notice: Notice, nowMs: number): void {
    const { kind, channelSeq, messageId, threadId, actorId, createdAt } = notice;
    const seq = this.#log.head + 1;
    const about = { kind, channelId, channelSeq, messageId, threadId, actorId, createdAt };
    this.#append("notificationCreate", { notification: { seq, ...about, read: false } }, actorId, nowMs);
    this.#sql.exec(
      `INSERT INTO notifications (nr, seq, channel_id, channel_seq, created_at)
       VALUES ((SELECT coalesce(max(nr), 0) + 1 FROM notifications), ?, ?, ?, ?)`,
      seq,
      channelId,
      channelSeq,
      Date.parse(createdAt),
    );
  }

  #append<T extends UserEventType>(type: T, data: UserEventData<T>, actorId: string, nowMs: number): void {
    if (this.#log.head === 0) this.#log.begin(randomToken(9));
    this.#log.append({ at: this.#log.time(nowMs), type, actorId, data: JSON.stringify(data) });
  }

  /** Lets the oldest go, and the log's events up to them. */
  #trim(): void {
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
