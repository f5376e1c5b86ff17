import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Custom emoji of the workspace. Primary here; the images are in R2. */
export const customEmoji = sqliteTable(
  "custom_emoji",
  {
    name: text("name").primaryKey(),
    /** The emoji whose image this one shows. Null: it has its own. */
    aliasOf: text("alias_of"),
    /** The upload that the image was copied from; a repeated request names the same one. */
    fileId: text("file_id"),
    /** The key of the image in R2, which is random. Null for an alias, as are the columns that describe the image. */
    key: text("key"),
    type: text("type"),
    sha256: text("sha256"),
    sizeBytes: integer("size_bytes"),
    width: integer("width"),
    height: integer("height"),
    createdBy: text("created_by").notNull(),
    /** Milliseconds since 1970. */
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("custom_emoji_by_alias").on(table.aliasOf)],
);

/**
 * Objects in R2 that are to be deleted: written before an object is stored, and deleted in the transaction that refers to the object; written
 * in the transaction that no longer refers to it, and deleted with the object.
 */
export const unusedObjects = sqliteTable(
  "unused_objects",
  {
    key: text("key").primaryKey(),
    /** From when on maintenance deletes the object, ms since 1970. */
    deleteAt: integer("delete_at").notNull(),
  },
  (table) => [index("unused_objects_by_time").on(table.deleteAt)],
);
