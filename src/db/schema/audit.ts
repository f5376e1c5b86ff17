import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AuditAction } from "../../protocol/index.ts";

/** The audit log: append-only, deleted only by its retention period. Primary here. Contains no content, token or full address. */
export const auditEntries = sqliteTable(
  "audit_entries",
  {
    /** `aud_` and a ULID: ordered by time. */
    id: text("id").primaryKey(),
    /** Milliseconds since 1970. */
    at: integer("at").notNull(),
    /** The user who acted; null before a login. */
    actorId: text("actor_id"),
    action: text("action").$type<AuditAction>().notNull(),
    /** The id of the user, channel, message, token, invite or key that was acted on. */
    objectId: text("object_id"),
    /** The /24 (IPv4) or /48 (IPv6) of the client. */
    addressPrefix: text("address_prefix").notNull(),
    /** The `User-Agent`, at most 120 characters. */
    userAgent: text("user_agent").notNull(),
    requestId: text("request_id"),
    /** JSON of facts that are no content, such as a role; at most 1 KiB. */
    detail: text("detail", { mode: "json" }).$type<Record<string, string | number | boolean | null>>(),
  },
  (table) => [
    index("audit_entries_by_actor").on(table.actorId, table.id),
    index("audit_entries_by_action").on(table.action, table.id),
  ],
);
