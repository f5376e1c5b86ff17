import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Every file. Primary here: a row is inserted before R2 gets the last byte, so that R2 contains no file without a row. The uploader's
 * hub decides which message carries a file; the channels in this table only say which room must admit a reader before the hub is asked.
 */
export const files = sqliteTable(
  "files",
  {
    id: text("id").primaryKey(),
    uploaderId: text("uploader_id").notNull(),
    /** The key of the bytes in R2, which is random. */
    key: text("key").notNull(),
    name: text("name").notNull(),
    /** The bytes charged to the workspace: of an upload in parts, those that have arrived. */
    sizeBytes: integer("size_bytes").notNull(),
    /** Null until the file is complete. A file in one request has it shortly before its object exists; the hub keeps it unreadable until then. */
    type: text("type"),
    sha256: text("sha256"),
    width: integer("width"),
    height: integer("height"),
    createdAt: integer("created_at").notNull(),
    /** Projected: the channel of the message that carries the file; it never changes. */
    channelId: text("channel_id"),
    /** The channel for which the file was last claimed. Written before the message is committed, because readers may precede the projection. */
    claimedChannelId: text("claimed_channel_id"),
  },
  (table) => [index("files_by_uploader").on(table.uploaderId, table.id)],
);

/**
 * One row: the bytes of all files of the workspace, updated in the batch that changes `files`, and their number, which triggers on `files` update
 * (migration 0008).
 */
export const fileUsage = sqliteTable("file_usage", {
  one: integer("one").primaryKey(),
  sizeBytes: integer("size_bytes").notNull(),
  files: integer("files").notNull().default(0),
});

/**
 * The number and the charged bytes of each user's files, for lists. Triggers on `files` update it (migration 0008), so that it is exact
 * whichever release writes a file. The user's hub enforces the quota.
 */
export const userFileUsage = sqliteTable(
  "user_file_usage",
  {
    userId: text("user_id").primaryKey(),
    files: integer("files").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
  },
  (table) => [index("user_file_usage_by_size").on(table.sizeBytes, table.userId)],
);
