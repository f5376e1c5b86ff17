import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { JobKind, JobState } from "../../protocol/index.ts";

/**
 * Work that takes longer than a request. Primary here: a row is inserted before its runner is called. `cursor` says where the work continues;
 * it is written after each step. A row contains ids and counts only, and is deleted 30 days after the job finished.
 */
export const jobs = sqliteTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<JobKind>().notNull(),
    /** The id of the user or channel that the job is about, or `workspace`. */
    subjectId: text("subject_id").notNull(),
    requestedBy: text("requested_by").notNull(),
    options: text("options", { mode: "json" }).$type<Record<string, string>>().notNull(),
    state: text("state").$type<JobState>().notNull().default("queued"),
    /** JSON of the job's own position; null before the first step. */
    cursor: text("cursor", { mode: "json" }).$type<Record<string, unknown>>(),
    /** The number of steps that were stored: a step is stored only on the one before it. */
    step: integer("step").notNull().default(0),
    done: integer("done").notNull().default(0),
    total: integer("total").notNull().default(0),
    error: text("error"),
    /** Failed attempts since the last step that succeeded. */
    attempts: integer("attempts").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    finishedAt: integer("finished_at"),
    /** The size of the result in R2; null: no result. */
    resultBytes: integer("result_bytes"),
    /** When the result is deleted. */
    expiresAt: integer("expires_at"),
  },
  (table) => [
    uniqueIndex("jobs_active")
      .on(table.kind, table.subjectId)
      .where(sql`finished_at is null`),
    index("jobs_by_subject").on(table.kind, table.subjectId, table.createdAt),
    index("jobs_finished").on(table.finishedAt),
  ],
);
