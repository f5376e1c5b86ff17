import type { FollowerRow } from "../../domain/member-state-rows.ts";
import type { Follow, ThreadSummary } from "../../domain/room-state.ts";
import { isoTime } from "../../lib/time.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { RevisionCounter } from "../../durable/revisions.ts";
import { limits, type Message } from "../../protocol/index.ts";

/** Creates the tables. `since_seq`: the log position at which the user started to follow; `rev`: the revision of the row. */
export const createThreadTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE threads (root_id TEXT PRIMARY KEY, summary TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE followers (
      root_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      following INTEGER NOT NULL,
      last_read_seq INTEGER NOT NULL,
      since_seq INTEGER NOT NULL,
      rev INTEGER NOT NULL,
      PRIMARY KEY (root_id, user_id)
    ) WITHOUT ROWID;
    CREATE INDEX followers_by_user ON followers (user_id);
    CREATE UNIQUE INDEX followers_by_rev ON followers (rev);
  `);
};

/** The tables `threads` (summaries of root messages) and `followers` in the room's SQLite. */
export class ThreadTable {
  readonly #sql: SqlStorage;
  readonly #revisions: RevisionCounter;

  constructor(sql: SqlStorage, revisions: RevisionCounter) {
    this.#sql = sql;
    this.#revisions = revisions;
  }

  summary(rootId: string): ThreadSummary | null {
    const [row] = this.#sql
      .exec<{ summary: string }>("SELECT summary FROM threads WHERE root_id = ?", rootId)
      .toArray();
    return row ? (JSON.parse(row.summary) as ThreadSummary) : null;
  }

  /** Stores the summary of a thread, or deletes it when the thread has no more replies (null). */
  setSummary(rootId: string, summary: ThreadSummary | null): void {
    if (!summary) this.#sql.exec("DELETE FROM threads WHERE root_id = ?", rootId);
    else
      this.#sql.exec(
        "INSERT INTO threads (root_id, summary) VALUES (?, ?) ON CONFLICT (root_id) DO UPDATE SET summary = excluded.summary",
        rootId,
        JSON.stringify(summary),
      );
  }

  /**
   * Makes the author of the root follow from the first reply on, and the author of the reply from that reply on. Replies that were already
   * read stay read.
   *
   * @param isRootAuthorMember false if the author of the root has left the channel: they do not follow
   */
  followOnReply(root: Message, reply: Message, isRootAuthorMember: boolean): void {
    if (!this.findFollow(root.id, root.authorId))
      this.updateFollow(root.id, root.authorId, { following: isRootAuthorMember, lastReadSeq: root.seq });
    const current = this.findFollow(root.id, reply.authorId);
    if (!current?.following)
      this.updateFollow(root.id, reply.authorId, { following: true, lastReadSeq: reply.seq - 1 });
  }

  findFollow(rootId: string, userId: string): Follow | undefined {
    const [row] = this.#sql
      .exec<{ following: number; lastReadSeq: number }>(
        "SELECT following, last_read_seq AS lastReadSeq FROM followers WHERE root_id = ? AND user_id = ?",
        rootId,
        userId,
      )
      .toArray();
    return row && { following: row.following === 1, lastReadSeq: row.lastReadSeq };
  }

  updateFollow(rootId: string, userId: string, change: Partial<Follow>): void {
    const { following, lastReadSeq } = {
      following: false,
      lastReadSeq: 0,
      ...this.findFollow(rootId, userId),
      ...change,
    };
    this.#sql.exec(
      `INSERT INTO followers (root_id, user_id, following, last_read_seq, since_seq, rev) VALUES (?1, ?2, ?3, ?4, ?4, ?5)
       ON CONFLICT (root_id, user_id) DO UPDATE SET
         since_seq = CASE WHEN followers.following < excluded.following THEN excluded.since_seq ELSE followers.since_seq END,
         following = excluded.following, last_read_seq = excluded.last_read_seq, rev = excluded.rev`,
      rootId,
      userId,
      following ? 1 : 0,
      lastReadSeq,
      this.#revisions.next(),
    );
  }

  /** Makes a user who left the channel unfollow all of its threads. */
  unfollowAllThreads(userId: string): void {
    const roots = this.#sql
      .exec<{ id: string }>("SELECT root_id AS id FROM followers WHERE user_id = ? AND following = 1", userId)
      .toArray();
    for (const { id } of roots) this.updateFollow(id, userId, { following: false });
  }

  /** The ids of followers who followed already before `seq`. Notifications of a reply may be sent after later users have followed. */
  followerIdsBefore(rootId: string, seq: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT user_id AS id FROM followers WHERE root_id = ? AND following = 1 AND since_seq < ?",
        rootId,
        seq,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** Computes the summary of a thread without this reply, by reading all of its replies. Only a deletion needs it. Null if none is left. */
  summaryWithoutReply({ id, threadId }: Message): ThreadSummary | null {
    if (threadId === null) return null;
    const replies = "FROM messages WHERE thread_id = ?1 AND deleted = 0 AND id <> ?2";
    const { count, last } = this.#sql
      .exec<{ count: number; last: number | null }>(
        `SELECT count(*) AS count, (SELECT at FROM log WHERE seq = (SELECT max(seq) ${replies})) AS last ${replies}`,
        threadId,
        id,
      )
      .one();
    if (count === 0) return null;
    const participantIds = this.#sql
      .exec<{ id: string }>(
        `SELECT author_id AS id ${replies} GROUP BY author_id ORDER BY min(seq) LIMIT ${limits.threadParticipants}`,
        threadId,
        id,
      )
      .toArray()
      .map((author) => author.id);
    return { replyCount: count, lastReplyAt: last === null ? null : isoTime(last), participantIds };
  }

  unreadReplyCount(rootId: string, userId: string, seq: number): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT count(*) AS n FROM (SELECT 1 FROM messages
           WHERE thread_id = ? AND deleted = 0 AND seq > ? AND author_id <> ? LIMIT ${limits.unreadCounted})`,
        rootId,
        seq,
        userId,
      )
      .one().n;
  }

  /** Returns up to `limit` rows that changed after the revision `rev`, in order of revision. */
  changesSince(rev: number, limit: number): FollowerRow[] {
    return this.#sql
      .exec<FollowerRow>(
        `SELECT 'follow' AS kind, root_id AS rootId, user_id AS userId, following, last_read_seq AS lastReadSeq, rev FROM followers
         WHERE rev > ? ORDER BY rev LIMIT ?`,
        rev,
        limit,
      )
      .toArray();
  }
}
