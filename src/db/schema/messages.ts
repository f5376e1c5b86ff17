import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Projected. */
export const messages = sqliteTable(
  "messages",
  {
    id: text("id").primaryKey(),
    channelId: text("channel_id").notNull(),
    seq: integer("seq").notNull(),
    rev: integer("rev").notNull(),
    authorId: text("author_id").notNull(),
    content: text("content").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    deletedAt: integer("deleted_at"),
    version: integer("version").notNull(),
  },
  (table) => [uniqueIndex("messages_by_seq").on(table.channelId, table.seq)],
);

/** Projected: what a message said before each edit. Rows of a deleted message are deleted. */
export const messageVersions = sqliteTable(
  "message_versions",
  {
    messageId: text("message_id").notNull(),
    version: integer("version").notNull(),
    content: text("content").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.messageId, table.version] })],
);

/** Events that this database refused for good: the cursor passed them, health says so, `npm run reproject` tries again. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    channelId: text("channel_id").notNull(),
    seq: integer("seq").notNull(),
    error: text("error").notNull(),
    parkedAt: integer("parked_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.seq] }),
    index("dead_letters_by_time").on(table.parkedAt),
  ],
);
