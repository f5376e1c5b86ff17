import type { EventLog } from "../../durable/event-log.ts";
import { limits, type Notification, type UserEventData } from "../../protocol/index.ts";
import { DeferredNotifications, type NewNotification } from "./deferred-notifications.ts";
import { NotificationReadMarks } from "./notification-read-marks.ts";
import type { PushQueue } from "../push/push-queue.ts";
import type { UserEventLog } from "../user-event-log.ts";

/** Beyond this number the oldest are deleted. */
const maxNotifications = 10_000;
/** How many notifications one event for the devices names at most. */
const maxSeqsPerEvent = 500;

/** How far the user has read, as lists and the responses of marking contain it. */
export interface NotificationReadPosition {
  /** Counted up to `limits.unreadCounted`. */
  unread: number;
  lastReadSeq: number;
}

/** `seq` and `epoch`: the head of the user's own log at the time of the list; `epoch` is null before the log was started. */
export interface NotificationList extends NotificationReadPosition {
  items: Notification[];
  seq: number;
  epoch: string | null;
}

/** The user's notifications. Each is an event of the user's own log about one event of a channel. Call the methods that write within a commit. */
export class Notifications {
  readonly #sql: SqlStorage;
  readonly #log: EventLog;
  readonly #events: UserEventLog;
  readonly #pushes: PushQueue;
  readonly #deferred: DeferredNotifications;
  readonly #marks: NotificationReadMarks;

  constructor(
    sql: SqlStorage,
    { log, events, pushes }: { log: EventLog; events: UserEventLog; pushes: PushQueue },
  ) {
    this.#sql = sql;
    this.#log = log;
    this.#events = events;
    this.#pushes = pushes;
    this.#deferred = new DeferredNotifications(sql);
    this.#marks = new NotificationReadMarks(sql);
  }

  /**
   * Adds a notification, unless it was added before. Call `trim` after the last one.
   *
   * @param channelId the channel; of a reminder, its id, and `channelSeq` is the number of times that it became due
   * @param options `defer`: stores it apart, without an event, until `releaseDeferred`
   */
  addOnce(
    channelId: string,
    notice: NewNotification,
    { defer, nowMs }: { defer: boolean; nowMs: number },
  ): void {
    if (this.#isStored(channelId, notice)) return;
    if (defer) return this.#deferred.add(channelId, notice);
    const { seq, read } = this.#add(channelId, notice, nowMs);
    if (!read) this.#pushes.add(seq, channelId, nowMs);
  }

  /** Appends the deferred notifications to the log, in the order of arrival. They are pushed as one summary. */
  releaseDeferred(nowMs: number): void {
    const added = this.#deferred
      .takeAll()
      .map(({ channelId, notice }) => this.#add(channelId, notice, nowMs))
      .find(({ read }) => !read);
    if (added) this.#pushes.defer(added.seq);
    this.trim();
  }

  /** Lists notifications, newest first. `before`: only those with a lower `seq`. */
  list(limit: number, before: number = Number.MAX_SAFE_INTEGER): NotificationList {
    const position = this.readPosition();
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
          read: read === 1 || notification.seq <= position.lastReadSeq,
        });
      });
    return { items, ...position, seq: this.#events.head, epoch: this.#events.epoch };
  }

  /** Returns how far the user has read and how many notifications are unread. */
  readPosition(): NotificationReadPosition {
    return { unread: this.countUnread(0, this.#events.head), lastReadSeq: this.#marks.lastReadSeq };
  }

  /** Counts the unread notifications from one event up to another, exactly up to `limits.unreadCounted`. */
  countUnread(from: number, to: number): number {
    return this.#sql
      .exec<{ unread: number }>(
        "SELECT count(*) AS unread FROM (SELECT 1 FROM notifications WHERE read = 0 AND gone = 0 AND seq > ? AND seq <= ? LIMIT ?)",
        Math.max(this.#marks.lastReadSeq, from - 1),
        to,
        limits.unreadCounted,
      )
      .one().unread;
  }

  /** Returns a notification that is neither read nor hidden. */
  findUnread(seq: number): Notification | undefined {
    const [row] = this.#sql
      .exec<{ data: string }>(
        `SELECT log.data FROM notifications JOIN log ON log.seq = notifications.seq
         WHERE notifications.seq = ? AND notifications.seq > ? AND read = 0 AND gone = 0`,
        seq,
        this.#marks.lastReadSeq,
      )
      .toArray();
    return row && (JSON.parse(row.data) as UserEventData<"notificationCreate">).notification;
  }

  /** Marks all up to the event `seq` as read. Appends an event only if one of them was unread. */
  markReadUpTo(seq: number, nowMs: number): void {
    const { last } = this.#sql
      .exec<{ last: number | null }>("SELECT max(seq) AS last FROM notifications WHERE seq <= ?", seq)
      .one();
    if (last === null || last <= this.#marks.lastReadSeq) return;
    this.#marks.markReadUpTo(last);
    this.#events.append("notificationRead", { lastReadSeq: last }, nowMs);
    this.#pushes.close({ upTo: last }, nowMs);
  }

  /** Marks individual notifications as read. A `seq` that is no notification is ignored. */
  markReadEach(seqs: readonly number[], nowMs: number): void {
    this.#markRead("seq IN (SELECT value FROM json_each(?))", [JSON.stringify(seqs)], nowMs);
  }

  /** Marks those covered by a read position in a channel. */
  markChannelRead(channelId: string, lastReadSeq: number, nowMs: number): void {
    this.#markRead("channel_id = ? AND place <= ? AND in_channel = 1", [channelId, lastReadSeq], nowMs);
  }

  /** Marks those covered by a read position in a thread. */
  markThreadRead(channelId: string, rootId: string, lastReadSeq: number, nowMs: number): void {
    this.#markRead(
      "channel_id = ? AND place <= ? AND thread_id = ?",
      [channelId, lastReadSeq, rootId],
      nowMs,
    );
  }

  #markRead(which: string, values: readonly (string | number)[], nowMs: number): void {
    this.#changeAndLog(
      "notificationRead",
      `UPDATE notifications SET read = 1 WHERE read = 0 AND gone = 0 AND ${which} AND seq > ?`,
      [...values, this.#marks.lastReadSeq],
      nowMs,
    );
  }

  /** Hides the notifications about a message: all of a deleted message, or the mention that an edit removed. */
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

  /** Marks those about a reminder as read. */
  markReminderRead(reminderId: string, nowMs: number): void {
    this.#markRead("channel_id = ?", [reminderId], nowMs);
  }

  /** Hides those about a reminder that was cancelled. */
  removeReminder(reminderId: string, nowMs: number): void {
    this.removeChannel(reminderId, nowMs);
  }

  /** Hides all notifications about a channel that was deleted for good. */
  removeChannel(channelId: string, nowMs: number): void {
    this.#deferred.removeChannel(channelId);
    this.#changeAndLog(
      "notificationDelete",
      "UPDATE notifications SET gone = 1 WHERE gone = 0 AND channel_id = ?",
      [channelId],
      nowMs,
    );
  }

  /** Runs an UPDATE and appends events that name the changed notifications. */
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
    if (seqs.length > 0) this.#pushes.close({ seqs }, nowMs);
    const { lastReadSeq } = this.#marks;
    for (let from = 0; from < seqs.length; from += maxSeqsPerEvent) {
      const some = seqs.slice(from, from + maxSeqsPerEvent);
      if (type === "notificationRead") this.#events.append(type, { lastReadSeq, seqs: some }, nowMs);
      else this.#events.append(type, { seqs: some }, nowMs);
    }
  }

  /** Whether it was added before. One that is older than a deleted notification counts as added, since its row may be deleted. */
  #isStored(channelId: string, { channelSeq, createdAt }: NewNotification): boolean {
    if (this.#deferred.has(channelId, channelSeq)) return true;
    const found = this.#sql.exec(
      "SELECT 1 FROM notifications WHERE channel_id = ? AND channel_seq = ?",
      channelId,
      channelSeq,
    );
    return found.toArray().length > 0 || Date.parse(createdAt) <= this.#marks.trimmedTo;
  }

  #add(channelId: string, notice: NewNotification, nowMs: number): { seq: number; read: boolean } {
    const { kind, channelSeq, messageId, threadId, actorId, createdAt, reminder } = notice;
    const seq = this.#events.head + 1;
    const { place = channelSeq, inChannel = true } = notice;
    const where = reminder
      ? { channelId: reminder.channelId, channelSeq: 0, reminderId: reminder.id }
      : { channelId, channelSeq };
    // A device may have read the message while the notification was deferred.
    const read = inChannel && place <= this.#events.lastReadSeq(channelId);
    this.#events.append(
      "notificationCreate",
      { notification: { seq, kind, ...where, messageId, threadId, actorId, createdAt, read } },
      nowMs,
      actorId,
    );
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
    return { seq, read };
  }

  /** Deletes the oldest beyond the limit, deferred or not, and the events of the log before the oldest that is left. */
  trim(): void {
    this.#marks.markTrimmedUpTo(this.#deferred.trim());
    const deleted = this.#sql
      .exec<{ at: number }>(
        "DELETE FROM notifications WHERE nr <= (SELECT max(nr) FROM notifications) - ? RETURNING created_at AS at",
        maxNotifications,
      )
      .toArray();
    if (deleted.length === 0) return;
    this.#marks.markTrimmedUpTo(deleted.reduce((newest, { at }) => Math.max(newest, at), 0));
    this.#log.deleteBefore(
      this.#sql.exec<{ seq: number }>("SELECT min(seq) AS seq FROM notifications").one().seq,
    );
  }
}
