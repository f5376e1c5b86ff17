import type { Migration } from "../../durable/migrations.ts";
import type { EventData, Message } from "../../protocol/index.ts";

/** Creates the tables. `kinds` is JSON: `{ emoji, count }` in the order in which each emoji was first used. */
export const createReactionTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE reactions (
      message_id TEXT NOT NULL,
      emoji TEXT NOT NULL,
      user_id TEXT NOT NULL,
      PRIMARY KEY (message_id, emoji, user_id)
    ) WITHOUT ROWID;
    CREATE TABLE reaction_kinds (message_id TEXT PRIMARY KEY, kinds TEXT NOT NULL) WITHOUT ROWID;
  `);
};

/** The tables `reactions` and `reaction_kinds` in the room's SQLite: each user's reactions, and the counts by emoji of each message. */
export class ReactionTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The counts by emoji of a message, in the order in which each emoji was first used. */
  countsByEmoji(messageId: string): Message["reactions"] {
    const [row] = this.#sql
      .exec<{ kinds: string }>("SELECT kinds FROM reaction_kinds WHERE message_id = ?", messageId)
      .toArray();
    return row ? (JSON.parse(row.kinds) as Message["reactions"]) : [];
  }

  has(messageId: string, emoji: string, userId: string): boolean {
    return (
      this.#sql
        .exec(
          "SELECT 1 FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?",
          messageId,
          emoji,
          userId,
        )
        .toArray().length > 0
    );
  }

  /** Inserts a reaction and stores the message's new `counts`. */
  insert({ messageId, emoji, userId }: EventData<"reactionAdd">, counts: Message["reactions"]): void {
    this.#sql.exec(
      "INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, ?, ?)",
      messageId,
      emoji,
      userId,
    );
    this.#upsertCounts(messageId, counts);
  }

  /** Deletes a reaction and stores the message's new `counts`. */
  delete({ messageId, emoji, userId }: EventData<"reactionRemove">, counts: Message["reactions"]): void {
    this.#sql.exec(
      "DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?",
      messageId,
      emoji,
      userId,
    );
    this.#upsertCounts(messageId, counts);
  }

  /** Deletes all reactions to a deleted message. */
  deleteAllOfMessage(messageId: string): void {
    this.#sql.exec("DELETE FROM reactions WHERE message_id = ?", messageId);
    this.#sql.exec("DELETE FROM reaction_kinds WHERE message_id = ?", messageId);
  }

  #upsertCounts(messageId: string, counts: Message["reactions"]): void {
    this.#sql.exec(
      "INSERT INTO reaction_kinds (message_id, kinds) VALUES (?, ?) ON CONFLICT (message_id) DO UPDATE SET kinds = excluded.kinds",
      messageId,
      JSON.stringify(counts),
    );
  }
}
