/** So lately asked for, facts may not have reached the room's own storage yet: its "no" is not believed. */
export const confirmAfterMs = 60_000;
const renewMs = 10_000;

/** Which rooms have sockets of which session, and which keep facts of this user. */
export class RoomAttachments {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** `direct`: without a gateway in between. */
  attach(sessionId: string, channelId: string, { direct, nowMs }: { direct: boolean; nowMs: number }): void {
    const [known] = this.#sql
      .exec<{ at: number; direct: number }>(
        "SELECT at, direct FROM attachments WHERE session_id = ? AND channel_id = ?",
        sessionId,
        channelId,
      )
      .toArray();
    if (known && nowMs - known.at < renewMs && (known.direct === 1 || !direct)) return;
    this.#sql.exec(
      `INSERT INTO attachments (session_id, channel_id, at, direct) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_id, channel_id) DO UPDATE SET at = excluded.at, direct = max(direct, excluded.direct)`,
      sessionId,
      channelId,
      nowMs,
      direct ? 1 : 0,
    );
  }

  /** Channels to which a session connected without a gateway, the last one first. */
  directChannels(limit: number): string[] {
    return this.#sql
      .exec<{ channel: string }>(
        "SELECT channel_id AS channel FROM attachments WHERE direct = 1 GROUP BY channel_id ORDER BY max(at) DESC LIMIT ?",
        limit,
      )
      .toArray()
      .map(({ channel }) => channel);
  }

  /** Takes a room's word that this user has no socket there, but not where it was asked for one so lately. */
  detachRoom(channelId: string, nowMs: number): void {
    this.#sql.exec("DELETE FROM attachments WHERE channel_id = ? AND at <= ?", channelId, nowMs - confirmAfterMs);
  }

  /** The channels to which the session was attached; from now on to none. */
  detachSession(sessionId: string): string[] {
    return this.#sql
      .exec<{ channel: string }>(
        "DELETE FROM attachments WHERE session_id = ? RETURNING channel_id AS channel",
        sessionId,
      )
      .toArray()
      .map(({ channel }) => channel);
  }

  /** The room has, or is about to have, facts of this user. */
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
   * Returns those of these channels whose rooms have facts of this user: every channel that they are a member of, and those that they
   * read by a socket. Ids that the user was never admitted to are not among them.
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

  /** Takes a room's word that it keeps no facts of this user; returns when to ask again where it is too early for that. */
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
