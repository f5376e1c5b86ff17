/** So lately asked for, facts may not have reached the room's own storage yet: its "no" is not believed. */
export const settleMs = 60_000;
const renewMs = 10_000;

/** Which rooms have sockets of which session, and which keep facts of this user. */
export class Attachments {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  attach(sessionId: string, channelId: string): void {
    const known = this.#sql.exec(
      "SELECT 1 FROM attachments WHERE session_id = ? AND channel_id = ?",
      sessionId,
      channelId,
    );
    if (known.toArray().length > 0) return;
    this.#sql.exec("INSERT INTO attachments (session_id, channel_id) VALUES (?, ?)", sessionId, channelId);
  }

  /** The channels to which the session was attached; from now on to none. */
  detachAll(sessionId: string): string[] {
    return this.#sql
      .exec<{ channel: string }>(
        "DELETE FROM attachments WHERE session_id = ? RETURNING channel_id AS channel",
        sessionId,
      )
      .toArray()
      .map(({ channel }) => channel);
  }

  /** The room has, or is about to have, facts of this user. */
  hold(channelId: string, nowMs: number): void {
    const askedAt = this.#askedAt(channelId);
    if (askedAt !== undefined && nowMs - askedAt < renewMs) return;
    this.#sql.exec(
      "INSERT INTO holders (channel_id, asked_at) VALUES (?, ?) ON CONFLICT (channel_id) DO UPDATE SET asked_at = excluded.asked_at",
      channelId,
      nowMs,
    );
  }

  /** Takes a room's word that it keeps no facts of this user; returns when to ask again where it is too early for that. */
  letGo(channelId: string, nowMs: number): number | undefined {
    const askedAt = this.#askedAt(channelId);
    if (askedAt !== undefined && nowMs - askedAt < settleMs) return askedAt + settleMs;
    this.#sql.exec("DELETE FROM holders WHERE channel_id = ?", channelId);
    return undefined;
  }

  #askedAt(channelId: string): number | undefined {
    const [row] = this.#sql
      .exec<{ askedAt: number }>("SELECT asked_at AS askedAt FROM holders WHERE channel_id = ?", channelId)
      .toArray();
    return row?.askedAt;
  }
}
