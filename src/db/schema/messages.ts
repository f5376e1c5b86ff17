import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Message } from "../../protocol/index.ts";

/** Projected. `reactions`, `pinned` and the thread's columns belong to their features, the others to messages. */
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
    /** The root that this is a reply to. */
    threadId: text("thread_id"),
    /** Whether the channel's history shows it: false for replies that stay in their thread. */
    inChannel: integer("in_channel", { mode: "boolean" }).notNull().default(true),
    files: text("files", { mode: "json" }).$type<Message["files"]>().notNull().default([]),
    mentions: text("mentions", { mode: "json" }).$type<string[]>().notNull().default([]),
    reactions: text("reactions", { mode: "json" }).$type<Message["reactions"]>().notNull().default([]),
    pinned: integer("pinned", { mode: "boolean" }).notNull().default(false),
    thread: text("thread", { mode: "json" }).$type<Message["thread"]>(),
  },
  (table) => [
    uniqueIndex("messages_by_seq").on(table.channelId, table.seq),
    /** The history of a channel, and what is unread of it, without looking into the rows. */
    index("messages_in_channel").on(
      table.channelId,
      table.inChannel,
      table.seq,
      table.authorId,
      table.deletedAt,
    ),
    index("messages_in_thread")
      .on(table.threadId, table.seq, table.authorId, table.deletedAt)
      .where(sql`thread_id IS NOT NULL`),
  ],
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

/** Projected: whom the messages in a channel's history mention; none of deleted ones. */
export const mentions = sqliteTable(
  "mentions",
  {
    userId: text("user_id").notNull(),
    channelId: text("channel_id").notNull(),
    seq: integer("seq").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.channelId, table.seq] }),
    index("mentions_by_message").on(table.channelId, table.seq),
  ],
);

/** Projected: who reacts with what. */
export const reactions = sqliteTable(
  "reactions",
  {
    messageId: text("message_id").notNull(),
    userId: text("user_id").notNull(),
    emoji: text("emoji").notNull(),
    channelId: text("channel_id").notNull(),
    seq: integer("seq").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.messageId, table.userId, table.emoji] }),
    index("reactions_in_order").on(table.messageId, table.seq),
    index("reactions_by_channel").on(table.channelId),
  ],
);

/** Projected. */
export const pins = sqliteTable(
  "pins",
  {
    channelId: text("channel_id").notNull(),
    messageId: text("message_id").notNull(),
    userId: text("user_id").notNull(),
    seq: integer("seq").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.messageId] }),
    index("pins_in_order").on(table.channelId, table.seq),
  ],
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
