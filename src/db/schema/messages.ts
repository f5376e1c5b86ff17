import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Message } from "../../protocol/index.ts";

/** Projected. The features of reactions, pins and threads write their columns; messages write the others. */
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
    /** The root message of the thread, if this is a reply. */
    threadId: text("thread_id"),
    /** Whether the channel's history contains the message: false for a reply that only its thread shows. */
    inChannel: integer("in_channel", { mode: "boolean" }).notNull().default(true),
    files: text("files", { mode: "json" }).$type<Message["files"]>().notNull().default([]),
    mentions: text("mentions", { mode: "json" }).$type<string[]>().notNull().default([]),
    reactions: text("reactions", { mode: "json" }).$type<Message["reactions"]>().notNull().default([]),
    pinned: integer("pinned", { mode: "boolean" }).notNull().default(false),
    thread: text("thread", { mode: "json" }).$type<Message["thread"]>(),
    /** The optional fields, as `extrasOf` returns them; null where there are none. */
    extras: text("extras", { mode: "json" }).$type<
      Pick<Message, "kind" | "isBot" | "sender" | "attachments" | "metadata" | "entities">
    >(),
  },
  (table) => [
    uniqueIndex("messages_by_seq").on(table.channelId, table.seq),
    /** Covers the history of a channel and the count of unread messages, without reading table rows. */
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

/** Projected: the content of a message before each edit. Rows of a deleted message are deleted. */
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

/** Projected: the users that messages in a channel's history mention. Rows of a deleted message are deleted. */
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

/** Projected: one row for each reaction of a user to a message. */
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

/**
 * Events whose projection failed permanently. The projection's cursor has passed them; health reports them, and `npm run reproject` writes
 * them again.
 */
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
