import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Facts of this deployment that are fixed by its first request, one a row. `jurisdiction`: where the objects are, `none` where
 * they are not restricted.
 */
export const deploymentFacts = sqliteTable("deployment_facts", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
  /** Milliseconds since 1970. */
  createdAt: integer("created_at").notNull(),
});
