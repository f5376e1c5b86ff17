import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Every file: primary here, entered before the first byte is stored, so that nothing in R2 is unknown. Whether a message
 * carries it, the uploader's hub decides; the channels here only say where a request for it has to be admitted first.
 */
export const files = sqliteTable("files", {
  id: text("id").primaryKey(),
  uploaderId: text("uploader_id").notNull(),
  /** Where its bytes are in R2: random. */
  key: text("key").notNull(),
  name: text("name").notNull(),
  /** What it is charged for: until it is complete, what was announced. */
  sizeBytes: integer("size_bytes").notNull(),
  /** Null until it is complete. */
  type: text("type"),
  sha256: text("sha256"),
  width: integer("width"),
  height: integer("height"),
  createdAt: integer("created_at").notNull(),
  /** Projected: the channel of the message that carries it, for good. */
  channelId: text("channel_id"),
  /** The channel for which it was last claimed, written before that message is committed: readers may be faster than the projection. */
  claimedChannelId: text("claimed_channel_id"),
});

/** One row: what all files of the workspace take, changed in the batch that changes the files. */
export const fileUsage = sqliteTable("file_usage", {
  one: integer("one").primaryKey(),
  sizeBytes: integer("size_bytes").notNull(),
});
