import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { NotificationLevel } from "../../protocol/index.ts";

/** The read position and notification level of a member, as the room last reported them. A row with a higher `rev`, the room's revision, replaces a lower one. */
export const channelReaders = sqliteTable(
  "channel_readers",
  {
    channelId: text("channel_id").notNull(),
    userId: text("user_id").notNull(),
    lastReadSeq: integer("last_read_seq").notNull(),
    level: text("level").$type<NotificationLevel>().notNull(),
    rev: integer("rev").notNull(),
    /** When D1 received the row, by D1's clock, ms since 1970. */
    changedAt: integer("changed_at").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.userId] })],
);

/** A member's state in a thread, with `rev` as in `channel_readers`. `has_unread` and `last_reply_at` are derived from the replies, to sort lists. */
export const threadFollowers = sqliteTable(
  "thread_followers",
  {
    rootId: text("root_id").notNull(),
    userId: text("user_id").notNull(),
    channelId: text("channel_id").notNull(),
    following: integer("following", { mode: "boolean" }).notNull(),
    lastReadSeq: integer("last_read_seq").notNull(),
    rev: integer("rev").notNull(),
    hasUnread: integer("has_unread", { mode: "boolean" }).notNull().default(false),
    lastReplyAt: integer("last_reply_at").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.rootId, table.userId] }),
    index("thread_followers_by_user")
      .on(table.userId, table.hasUnread, table.lastReplyAt, table.rootId)
      .where(sql`following = 1`),
    index("thread_followers_by_channel").on(table.channelId, table.userId),
  ],
);
