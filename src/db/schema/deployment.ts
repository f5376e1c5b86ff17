import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Facts of the deployment that its first request fixes, one row each. `jurisdiction`: that of the objects, or `none`. */
export const deploymentFacts = sqliteTable("deployment_facts", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
  /** Milliseconds since 1970. */
  createdAt: integer("created_at").notNull(),
});
