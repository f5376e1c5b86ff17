import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EventType, WebhookFormatName, WebhookState, WebhookStateReason } from "../../protocol/index.ts";

/** Webhooks, for lists. Written by the `WebhookSender` of each, which has the primary copy and the secrets. */
export const webhooks = sqliteTable(
  "webhooks",
  {
    /** `whk_` and a ULID. */
    id: text("id").primaryKey(),
    ownerId: text("owner_id").notNull(),
    name: text("name").notNull(),
    url: text("url").notNull(),
    events: text("events", { mode: "json" }).$type<EventType[]>().notNull(),
    /** Null: all public channels. */
    channelIds: text("channel_ids", { mode: "json" }).$type<string[]>(),
    format: text("format").$type<WebhookFormatName>().notNull(),
    state: text("state").$type<WebhookState>().notNull(),
    stateReason: text("state_reason").$type<WebhookStateReason>(),
    failingSince: integer("failing_since"),
    formerSecretExpiresAt: integer("former_secret_expires_at"),
    /** NOT NULL, so that an insert beyond the limits, which sets null, fails. */
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("webhooks_by_owner").on(table.ownerId, table.id)],
);
