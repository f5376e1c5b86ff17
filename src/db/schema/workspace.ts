import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The settings of the workspace: at most one row. Primary here; hubs receive the part that concerns sessions, by `rev`. */
export const workspaceSettings = sqliteTable("workspace_settings", {
  /** 1. */
  one: integer("one").primaryKey(),
  requireSecondFactor: integer("require_second_factor", { mode: "boolean" }).notNull(),
  rev: integer("rev").notNull(),
  /** The admin whose hub distributes the last change. */
  updatedBy: text("updated_by").notNull(),
  /** Milliseconds since 1970. */
  updatedAt: integer("updated_at").notNull(),
});
