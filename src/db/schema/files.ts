import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Every file. Primary here: a row is inserted before the first byte is stored, so that R2 contains no file without a row. The uploader's
 * hub decides which message carries a file; the channels in this table only say which room must admit a reader before the hub is asked.
 */
export const files = sqliteTable("files", {
  id: text("id").primaryKey(),
  uploaderId: text("uploader_id").notNull(),
  /** The key of the bytes in R2, which is random. */
  key: text("key").notNull(),
  name: text("name").notNull(),
  /** The bytes charged to the workspace: the announced size until the file is complete. */
  sizeBytes: integer("size_bytes").notNull(),
  /** Null until the file is complete. */
  type: text("type"),
  sha256: text("sha256"),
  width: integer("width"),
  height: integer("height"),
  createdAt: integer("created_at").notNull(),
  /** Projected: the channel of the message that carries the file; it never changes. */
  channelId: text("channel_id"),
  /** The channel for which the file was last claimed. Written before the message is committed, because readers may precede the projection. */
  claimedChannelId: text("claimed_channel_id"),
});

/** One row: the bytes of all files of the workspace, updated in the batch that changes `files`. */
export const fileUsage = sqliteTable("file_usage", {
  one: integer("one").primaryKey(),
  sizeBytes: integer("size_bytes").notNull(),
});
