import type { UserNotice } from "../../domain/notice.ts";
import type { NotificationKind } from "../../protocol/index.ts";

/** A notification to be added. */
export type NewNotification = Omit<UserNotice, "own" | "gone"> & { kind: NotificationKind };

/** Beyond this number the oldest are deleted. */
const maxDeferred = 10_000;

/** Notifications that arrived while the user's status was `dnd`, in the order of arrival. Call the methods that write within a commit. */
export class DeferredNotifications {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  has(channelId: string, channelSeq: number): boolean {
    const found = this.#sql.exec(
      "SELECT 1 FROM held_notices WHERE channel_id = ? AND channel_seq = ?",
      channelId,
      channelSeq,
    );
    return found.toArray().length > 0;
  }

  /** Deletes those about a channel. */
  removeChannel(channelId: string): void {
    this.#sql.exec("DELETE FROM held_notices WHERE channel_id = ?", channelId);
  }

  add(channelId: string, notice: NewNotification): void {
    this.#sql.exec(
      `INSERT INTO held_notices (place, channel_id, channel_seq, created_at, notice)
       VALUES ((SELECT coalesce(max(place), 0) + 1 FROM held_notices), ?, ?, ?, ?)`,
      channelId,
      notice.channelSeq,
      Date.parse(notice.createdAt),
      JSON.stringify(notice),
    );
  }

  /** Deletes the oldest beyond the limit; returns the time (ms since 1970) of the newest deleted one, or 0. */
  trim(): number {
    return this.#sql
      .exec<{ at: number }>(
        "DELETE FROM held_notices WHERE place <= (SELECT max(place) FROM held_notices) - ? RETURNING created_at AS at",
        maxDeferred,
      )
      .toArray()
      .reduce((newest, { at }) => Math.max(newest, at), 0);
  }

  /** Deletes those about a message: of all kinds, or of one. */
  remove(channelId: string, messageId: string, kind: NotificationKind | undefined): void {
    this.#sql.exec(
      `DELETE FROM held_notices WHERE channel_id = ?1 AND notice->>'$.messageId' = ?2
         AND (?3 IS NULL OR notice->>'$.kind' = ?3)`,
      channelId,
      messageId,
      kind ?? null,
    );
  }

  /** Deletes and returns all. */
  takeAll(): { channelId: string; notice: NewNotification }[] {
    const all = this.#sql
      .exec<{ channelId: string; notice: string }>(
        "SELECT channel_id AS channelId, notice FROM held_notices ORDER BY place",
      )
      .toArray();
    if (all.length > 0) this.#sql.exec("DELETE FROM held_notices");
    return all.map(({ channelId, notice }) => ({ channelId, notice: JSON.parse(notice) as NewNotification }));
  }
}
