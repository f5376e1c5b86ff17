import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The keys of applications that embed Parley. Primary here. A revoked key's row is deleted. */
export const serverKeys = sqliteTable("server_keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** `serverKeyHash` of the secret, which is nowhere stored. */
  hash: text("hash").notNull(),
  /** The admin who created it. */
  createdBy: text("created_by").notNull(),
  createdAt: integer("created_at").notNull(),
});
