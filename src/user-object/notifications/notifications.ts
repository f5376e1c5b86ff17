import type { EventLog } from "../../durable/event-log.ts";
import { limits, type Notification, type UserEventData } from "../../protocol/index.ts";
import { DeferredNotifications, type NewNotification } from "./deferred-notifications.ts";
import { NotificationReadMarks } from "./notification-read-marks.ts";
import type { UserEventLog } from "../user-event-log.ts";

/** Past so many the oldest go. */
const maxNotifications = 10_000;
/** As many are named by one event for the user's devices. */
const maxSeqsPerEvent = 500;

/** Where the user stands: what lists and marks tell. */
export interface NotificationReadPosition {
  /** Exact up to 99. */
  unread: number;
  lastReadSeq: number;
}

/** `seq` and `epoch` are where the log then stood; `epoch` is null before its life began. */
export interface NotificationList extends NotificationReadPosition {
  items: Notification[];
  seq: number;
  epoch: string | null;
}

/** A user's notifications: events of their own log, each of a channel's events once. Everything that writes wants a commit. */
export class Notifications {
  readonly #sql: SqlStorage;
  readonly #log: EventLog;
  readonly #events: UserEventLog;
  readonly #deferred: DeferredNotifications;
  readonly #marks: NotificationReadMarks;

  constructor(sql: SqlStorage, { log, own }: { log: EventLog; own: UserEventLog }) {
    this.#sql = sql;
    this.#log = log;
    this.#events = own;
    this.#deferred = new DeferredNotifications(sql);
    this.#marks = new NotificationReadMarks(sql);
  }

  /** Takes it, if it was not taken before; `trim` after the last one. `hold`: neither the log nor the list has it until `release`. */
  addOnce(channelId: string, notice: NewNotification, { hold, nowMs }: { hold: boolean; nowMs: number }): void {
    if (this.#isStored(channelId, notice)) return;
    if (hold) this.#deferred.add(channelId, notice);
    else this.#add(channelId, notice, nowMs);
  }

  /** Logs what was held back, in the order in which it came. */
  releaseDeferred(nowMs: number): void {
    for (const { channelId, notice } of this.#deferred.takeAll()) this.#add(channelId, notice, nowMs);
    this.trim();
  }

  /** Newest first, those before the event `before` where it is given. */
  list(limit: number, before: number = Number.MAX_SAFE_INTEGER): NotificationList {
    const place = this.readPosition();
    const items = this.#sql
      .exec<{ data: string; read: number }>(
        `SELECT log.data, notifications.read FROM notifications JOIN log ON log.seq = notifications.seq
         WHERE notifications.seq < ? AND notifications.gone = 0 ORDER BY notifications.seq DESC LIMIT ?`,
        before,
        limit,
      )
      .toArray()
      .map(({ data, read }) => {
        const { notification } = JSON.parse(data) as UserEventData<"notificationCreate">;
        return Object.assign(notification, {
          read: read === 1 || notification.seq <= place.lastReadSeq,
        });
      });
    return { items, ...place, seq: this.#events.head, epoch: this.#events.epoch };
  }

  readPosition(): NotificationReadPosition {
    const { lastReadSeq } = this.#marks;
    const { unread } = this.#sql
      .exec<{ unread: number }>(
        "SELECT count(*) AS unread FROM (SELECT 1 FROM notifications WHERE read = 0 AND gone = 0 AND seq > ? LIMIT ?)",
        lastReadSeq,
        limits.unreadCounted,
      )
      .one();
    return { unread, lastReadSeq };
  }

  /** All up to the event `seq` are read. Where none of them was unread, nothing is logged. */
  markReadUpTo(seq: number, nowMs: number): void {
    const { last } = this.#sql
      .exec<{ last: number | null }>("SELECT max(seq) AS last FROM notifications WHERE seq <= ?", seq)
      .one();
    if (last === null || last <= this.#marks.lastReadSeq) return;
    this.#marks.markReadUpTo(last);
    this.#events.append("notificationRead", { lastReadSeq: last }, nowMs);
  }

  /** These are read, each alone; what is none of the user's changes nothing. */
  markReadEach(seqs: readonly number[], nowMs: number): void {
    this.#markRead("seq IN (SELECT value FROM json_each(?))", [JSON.stringify(seqs)], nowMs);
  }

  /** The user has read the channel up to `place`. */
  markChannelRead(channelId: string, place: number, nowMs: number): void {
    this.#markRead("channel_id = ? AND place <= ? AND in_channel = 1", [channelId, place], nowMs);
  }

  /** The user has read a thread up to `place`. */
  markThreadRead(channelId: string, rootId: string, place: number, nowMs: number): void {
    this.#markRead("channel_id = ? AND place <= ? AND thread_id = ?", [channelId, place, rootId], nowMs);
  }

  #markRead(which: string, values: readonly (string | number)[], nowMs: number): void {
    this.#changeAndLog(
      "notificationRead",
      `UPDATE notifications SET read = 1 WHERE read = 0 AND gone = 0 AND ${which} AND seq > ?`,
      [...values, this.#marks.lastReadSeq],
      nowMs,
    );
  }

  /** What was notified of this message is shown no longer: all of it, or for the one reason. */
  remove(channelId: string, messageId: string, why: "message" | "mention", nowMs: number): void {
    const kind = why === "mention" ? why : undefined;
    this.#deferred.remove(channelId, messageId, kind);
    this.#changeAndLog(
      "notificationDelete",
      `UPDATE notifications SET gone = 1 WHERE gone = 0 AND message_id = ? AND channel_id = ? ${kind ? "AND kind = 'mention'" : ""}`,
      [messageId, channelId],
      nowMs,
    );
  }

  /** Logs which ones were changed, so many an event at most. */
  #changeAndLog(
    type: "notificationRead" | "notificationDelete",
    update: string,
    values: readonly (string | number)[],
    nowMs: number,
  ): void {
    const seqs = this.#sql
      .exec<{ seq: number }>(`${update} RETURNING seq`, ...values)
      .toArray()
      .map(({ seq }) => seq)
      .toSorted((one, other) => one - other);
    const { lastReadSeq } = this.#marks;
    for (let from = 0; from < seqs.length; from += maxSeqsPerEvent) {
      const some = seqs.slice(from, from + maxSeqsPerEvent);
      if (type === "notificationRead") this.#events.append(type, { lastReadSeq, seqs: some }, nowMs);
      else this.#events.append(type, { seqs: some }, nowMs);
    }
  }

  /** Whether it was taken before; of what is older than something let go, that can't be told, and it counts as known. */
  #isStored(channelId: string, { channelSeq, createdAt }: NewNotification): boolean {
    if (this.#deferred.has(channelId, channelSeq)) return true;
    const known = this.#sql.exec(
      "SELECT 1 FROM notifications WHERE channel_id = ? AND channel_seq = ?",
      channelId,
      channelSeq,
    );
    return known.toArray().length > 0 || Date.parse(createdAt) <= this.#marks.trimmedTo;
  }

  #add(channelId: string, notice: NewNotification, nowMs: number): void {
    const { kind, channelSeq, messageId, threadId, actorId, createdAt } = notice;
    const seq = this.#events.head + 1;
    const { place = channelSeq, inChannel = true } = notice;
    const about = { kind, channelId, channelSeq, messageId, threadId, actorId, createdAt };
    // A device may have read it while it was held back.
    const read = inChannel && place <= this.#events.lastReadSeq(channelId);
    this.#events.append("notificationCreate", { notification: { seq, ...about, read } }, nowMs, actorId);
    this.#sql.exec(
      `INSERT INTO notifications (nr, seq, channel_id, channel_seq, created_at, kind, message_id, thread_id, in_channel, place, read)
       VALUES ((SELECT coalesce(max(nr), 0) + 1 FROM notifications), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      channelId,
      channelSeq,
      Date.parse(createdAt),
      kind,
      messageId,
      threadId,
      inChannel ? 1 : 0,
      place,
      read ? 1 : 0,
    );
  }

  /** Lets the oldest go that are too many, held back or not, and the log's events up to them. */
  trim(): void {
    this.#marks.markTrimmedUpTo(this.#deferred.trim());
    const gone = this.#sql
      .exec<{ at: number }>(
        "DELETE FROM notifications WHERE nr <= (SELECT max(nr) FROM notifications) - ? RETURNING created_at AS at",
        maxNotifications,
      )
      .toArray();
    if (gone.length === 0) return;
    this.#marks.markTrimmedUpTo(gone.reduce((newest, { at }) => Math.max(newest, at), 0));
    this.#log.deleteBefore(
      this.#sql.exec<{ seq: number }>("SELECT min(seq) AS seq FROM notifications").one().seq,
    );
  }
}
