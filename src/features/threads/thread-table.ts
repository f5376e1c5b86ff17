import type { FollowerRow } from "../../domain/member-state-rows.ts";
import type { Follow, ThreadSummary } from "../../domain/room-state.ts";
import { isoTime } from "../../lib/time.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { RevisionCounter } from "../../durable/revisions.ts";
import { limits, type Message } from "../../protocol/index.ts";

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

/** The threads of a room: what their roots say of them, and who follows them. */
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

  /** Null: the thread has no reply any more. */
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
   * Who wrote the root follows from the first reply on, unless they had left by then; who replies from their own on; what was
   * read stays read.
   */
  followOnReply(root: Message, reply: Message, isAuthorHere: boolean): void {
    if (!this.findFollow(root.id, root.authorId))
      this.updateFollow(root.id, root.authorId, { following: isAuthorHere, lastReadSeq: root.seq });
    const known = this.findFollow(root.id, reply.authorId);
    if (!known?.following)
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

  /** Who left follows nothing here. */
  unfollowAllThreads(userId: string): void {
    const roots = this.#sql
      .exec<{ id: string }>("SELECT root_id AS id FROM followers WHERE user_id = ? AND following = 1", userId)
      .toArray();
    for (const { id } of roots) this.updateFollow(id, userId, { following: false });
  }

  /** Who follows, of those who did so already when `seq` came: who tells them of it may be late. */
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

  /** What is left without this reply: read from the replies, which only a deletion asks for. */
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

  /** Whose following changed after this revision, in the order of revisions. */
  changesSince(rev: number, limit: number): FollowerRow[] {
    return this.#sql
      .exec<FollowerRow>(
        `SELECT root_id AS rootId, user_id AS userId, following, last_read_seq AS lastReadSeq, rev FROM followers
         WHERE rev > ? ORDER BY rev LIMIT ?`,
        rev,
        limit,
      )
      .toArray();
  }
}
