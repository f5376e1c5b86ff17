import type { EventLog } from "../../durable/event-log.ts";
import type { Migration } from "../../durable/migrations.ts";
import { type EventData, limits, type Message } from "../../protocol/index.ts";
import { isInChannelHistory, redactMessage } from "./message.ts";

/** Creates the table. `seq`: the event that created the message; `rev`: the log row that holds its latest version. */
export const createMessageTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE messages (
      id TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      rev INTEGER NOT NULL
    ) WITHOUT ROWID;
  `);
};

/** Adds the columns of unread counts and the table of mentions. Earlier messages had neither threads nor mentions. */
export const createUnreadTables: Migration = (sql) => {
  sql.exec(`
    ALTER TABLE messages ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE messages ADD COLUMN author_id TEXT NOT NULL DEFAULT '';
    ALTER TABLE messages ADD COLUMN thread_id TEXT;
    ALTER TABLE messages ADD COLUMN in_channel INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
    UPDATE messages SET
      author_id = coalesce((SELECT data->>'$.message.authorId' FROM log WHERE log.seq = messages.seq), ''),
      deleted = coalesce((SELECT data->>'$.message.deletedAt' IS NOT NULL FROM log WHERE log.seq = messages.rev), 0);
    CREATE INDEX messages_unread ON messages (seq, author_id) WHERE in_channel = 1 AND deleted = 0;
    CREATE INDEX messages_in_thread ON messages (thread_id, seq, author_id) WHERE thread_id IS NOT NULL AND deleted = 0;
    CREATE TABLE mentions (user_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (user_id, seq)) WITHOUT ROWID;
    CREATE INDEX mentions_by_message ON mentions (seq);
  `);
};

/**
 * The tables `messages` and `mentions` in the room's SQLite. They do not repeat the text: `rev` is the `seq` of the log row that holds
 * the message as it was last written. `touched` is the `seq` of the last event that changed an annotation: its reactions, pin or thread.
 */
export class MessageTable {
  readonly #sql: SqlStorage;
  readonly #log: EventLog;

  constructor(sql: SqlStorage, log: EventLog) {
    this.#sql = sql;
    this.#log = log;
  }

  /** Returns the message as it was last written. `isTouched`: its reactions, pin or thread changed since then. */
  find(messageId: string): { message: Message; isTouched: boolean } | undefined {
    const [revisions] = this.#sql
      .exec<{ rev: number; touched: number }>("SELECT rev, touched FROM messages WHERE id = ?", messageId)
      .toArray();
    const row = revisions && this.#log.at(revisions.rev);
    if (!row) return undefined;
    const { message } = JSON.parse(row.data) as EventData<"messageCreate">;
    const isTouched = revisions.touched > revisions.rev;
    return { message: isTouched ? { ...message, rev: revisions.touched } : message, isTouched };
  }

  /** Returns the ids of those messages that have not changed since they were read. */
  filterUnchanged(messages: readonly Message[]): Set<string> {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT messages.id FROM json_each(?) AS expected CROSS JOIN messages ON messages.id = expected.value->>'id'
        WHERE messages.rev = expected.value->>'rev' AND messages.touched <= messages.rev`,
      JSON.stringify(messages.map(({ id, rev }) => ({ id, rev }))),
    );
    return new Set(rows.toArray().map(({ id }) => id));
  }

  insert(message: Message): void {
    const { id, seq, rev, authorId, threadId } = message;
    this.#sql.exec(
      "INSERT INTO messages (id, seq, rev, author_id, thread_id, in_channel) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      seq,
      rev,
      authorId,
      threadId,
      isInChannelHistory(message) ? 1 : 0,
    );
    this.#insertMentions(message);
  }

  update(message: Message): void {
    this.#sql.exec("UPDATE messages SET rev = ? WHERE id = ?", message.rev, message.id);
    this.#deleteMentions(message);
    this.#insertMentions(message);
  }

  /** Marks a message as deleted and redacts its content in all of its log rows, in the transaction of the tombstone. */
  markDeleted(message: Message): void {
    this.#sql.exec("UPDATE messages SET rev = ?, deleted = 1 WHERE id = ?", message.rev, message.id);
    this.#deleteMentions(message);
    this.#log.redact(message.seq, message.id, withoutContent);
  }

  /** Returns the ids of messages that are not deleted and were created up to the event `seq`, oldest first, at most `limit`. */
  liveUpTo(seq: number, limit: number): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT id FROM (
         SELECT * FROM (SELECT id, seq FROM messages WHERE in_channel = 1 AND deleted = 0 AND seq <= ?1 ORDER BY seq LIMIT ?2)
         UNION ALL
         SELECT * FROM (SELECT id, seq FROM messages WHERE thread_id IS NOT NULL AND in_channel = 0 AND deleted = 0 AND seq <= ?1 LIMIT ?2))
       LIMIT ?2`,
      seq,
      limit,
    );
    return rows.toArray().map(({ id }) => id);
  }

  /** Returns the `seq` of the oldest message that is not deleted; 0 if there is none. */
  oldestLiveSeq(): number {
    return this.#sql
      .exec<{ seq: number }>(
        `SELECT coalesce(min(seq), 0) AS seq FROM (
           SELECT min(seq) AS seq FROM messages WHERE in_channel = 1 AND deleted = 0
           UNION ALL
           SELECT min(seq) FROM messages WHERE thread_id IS NOT NULL AND in_channel = 0 AND deleted = 0)`,
      )
      .one().seq;
  }

  /** Returns an author's messages that are not deleted, after the event `after`, in order: those in the channel's history, or the other replies. */
  liveOfAuthor(
    authorId: string,
    { isReply, after, limit }: { isReply: boolean; after: number; limit: number },
  ): { id: string; seq: number }[] {
    const among = isReply ? "thread_id IS NOT NULL AND in_channel = 0" : "in_channel = 1";
    return this.#sql
      .exec<{ id: string; seq: number }>(
        `SELECT id, seq FROM messages WHERE ${among} AND deleted = 0 AND author_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
        authorId,
        after,
        limit,
      )
      .toArray();
  }

  /** Records that the event `seq` changed the reactions, the pin or the thread of a message. */
  recordAnnotation(messageId: string, seq: number): void {
    this.#sql.exec("UPDATE messages SET touched = ? WHERE id = ?", seq, messageId);
  }

  /** Counts the messages of others in the channel's history after `seq`, and those that mention this user; each up to 99. */
  unreadCounts(userId: string, seq: number): { unread: number; mentions: number } {
    const count = (query: string): number =>
      this.#sql
        .exec<{ n: number }>(
          `SELECT count(*) AS n FROM (${query} LIMIT ${limits.unreadCounted})`,
          seq,
          userId,
        )
        .one().n;
    return {
      unread: count(
        "SELECT 1 FROM messages WHERE in_channel = 1 AND deleted = 0 AND seq > ?1 AND author_id <> ?2",
      ),
      mentions: count("SELECT 1 FROM mentions WHERE seq > ?1 AND user_id = ?2"),
    };
  }

  /** Inserts the mentions that count as unread: of other users, in messages that the channel's history shows. */
  #insertMentions(message: Message): void {
    if (!isInChannelHistory(message)) return;
    for (const userId of message.mentions)
      if (userId !== message.authorId)
        this.#sql.exec("INSERT INTO mentions (user_id, seq) VALUES (?, ?)", userId, message.seq);
  }

  #deleteMentions({ seq }: Message): void {
    this.#sql.exec("DELETE FROM mentions WHERE seq = ?", seq);
  }
}

function withoutContent(data: string): string {
  const { message, ...rest } = JSON.parse(data) as EventData<"messageCreate">;
  return JSON.stringify({ ...rest, message: redactMessage(message) });
}
