import type { UserNotice } from "../../domain/notice.ts";
import type { NotificationKind } from "../../protocol/index.ts";

/** What the user is to be notified of. */
export type NewNotification = Omit<UserNotice, "own" | "gone"> & { kind: NotificationKind };

/** Past so many the oldest go. */
const maxDeferred = 10_000;

/** What came while its user did not want to be disturbed, in the order in which it came. */
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

  /** Lets the oldest go that are too many; the time of the newest among them, or 0. */
  trim(): number {
    return this.#sql
      .exec<{ at: number }>(
        "DELETE FROM held_notices WHERE place <= (SELECT max(place) FROM held_notices) - ? RETURNING created_at AS at",
        maxDeferred,
      )
      .toArray()
      .reduce((newest, { at }) => Math.max(newest, at), 0);
  }

  /** Drops those of a message: of any kind, or of that one. */
  remove(channelId: string, messageId: string, kind: NotificationKind | undefined): void {
    this.#sql.exec(
      `DELETE FROM held_notices WHERE channel_id = ?1 AND notice->>'$.messageId' = ?2
         AND (?3 IS NULL OR notice->>'$.kind' = ?3)`,
      channelId,
      messageId,
      kind ?? null,
    );
  }

  /** All of them; from now on none. */
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
