/**
 * A room that attached or subscribed within this time may not have stored that yet. If it answers that it has no socket or member of this
 * user, the answer is ignored.
 */
export const confirmAfterMs = 60_000;
/** A repeated attachment updates the stored time no more often than this, to save writes. */
const renewMs = 10_000;

/**
 * Attachments: rooms with sockets of a session. Facts subscribers: rooms that store facts of this user (`UserFacts`), to which changes of the
 * account are delivered. Both lists may contain rooms that need no calls any more; a room's answer to a call removes it.
 */
export class RoomAttachments {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Records that a session has a socket to a room. `direct`: a socket of the client's own, without a gateway. */
  attach(sessionId: string, channelId: string, { direct, nowMs }: { direct: boolean; nowMs: number }): void {
    const [stored] = this.#sql
      .exec<{ at: number; direct: number }>(
        "SELECT at, direct FROM attachments WHERE session_id = ? AND channel_id = ?",
        sessionId,
        channelId,
      )
      .toArray();
    if (stored && nowMs - stored.at < renewMs && (stored.direct === 1 || !direct)) return;
    this.#sql.exec(
      `INSERT INTO attachments (session_id, channel_id, at, direct) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_id, channel_id) DO UPDATE SET at = excluded.at, direct = max(direct, excluded.direct)`,
      sessionId,
      channelId,
      nowMs,
      direct ? 1 : 0,
    );
  }

  /** Returns up to `limit` channels to which a session connected without a gateway, the most recent first. */
  directChannels(limit: number): string[] {
    return this.#sql
      .exec<{ channel: string }>(
        "SELECT channel_id AS channel FROM attachments WHERE direct = 1 GROUP BY channel_id ORDER BY max(at) DESC LIMIT ?",
        limit,
      )
      .toArray()
      .map(({ channel }) => channel);
  }

  /** Removes a room that answered that this user has no socket there, unless it attached within the last minute. */
  detachRoom(channelId: string, nowMs: number): void {
    this.#sql.exec(
      "DELETE FROM attachments WHERE channel_id = ? AND at <= ?",
      channelId,
      nowMs - confirmAfterMs,
    );
  }

  /** Removes all attachments of a session and returns their channels. */
  detachSession(sessionId: string): string[] {
    return this.#sql
      .exec<{ channel: string }>(
        "DELETE FROM attachments WHERE session_id = ? RETURNING channel_id AS channel",
        sessionId,
      )
      .toArray()
      .map(({ channel }) => channel);
  }

  /** Records that a room stores, or is about to store, facts of this user. */
  addFactsSubscriber(channelId: string, nowMs: number): void {
    const askedAt = this.#askedAt(channelId);
    if (askedAt !== undefined && nowMs - askedAt < renewMs) return;
    this.#sql.exec(
      "INSERT INTO holders (channel_id, asked_at) VALUES (?, ?) ON CONFLICT (channel_id) DO UPDATE SET asked_at = excluded.asked_at",
      channelId,
      nowMs,
    );
  }

  /**
   * Returns those of the channels whose rooms store facts of this user: all channels that the user is a member of, and those that they
   * read by a socket. A channel to which the user was never admitted is not among them, so the room of every returned channel exists.
   */
  factsSubscribers(channelIds: readonly string[]): string[] {
    return this.#sql
      .exec<{ channel: string }>(
        "SELECT channel_id AS channel FROM holders WHERE channel_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(channelIds),
      )
      .toArray()
      .map(({ channel }) => channel);
  }

  /**
   * Removes a room that answered that it stores no facts of this user.
   *
   * @returns when to call the room again, if it subscribed within the last minute and was therefore not removed; else undefined
   */
  removeFactsSubscriber(channelId: string, nowMs: number): number | undefined {
    const askedAt = this.#askedAt(channelId);
    if (askedAt !== undefined && nowMs - askedAt < confirmAfterMs) return askedAt + confirmAfterMs;
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
