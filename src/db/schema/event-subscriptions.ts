import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type {
  EventType,
  SubscriptionFormatName,
  SubscriptionState,
  SubscriptionStateReason,
} from "../../protocol/index.ts";

/** Subscriptions, for lists. Written by the `WebhookSender` of each, which has the primary copy and the secrets. */
export const subscriptions = sqliteTable(
  "event_subscriptions",
  {
    /** `sub_` and a ULID. */
    id: text("id").primaryKey(),
    ownerId: text("owner_id").notNull(),
    name: text("name").notNull(),
    url: text("url").notNull(),
    events: text("events", { mode: "json" }).$type<EventType[]>().notNull(),
    /** Null: all public channels. */
    channelIds: text("channel_ids", { mode: "json" }).$type<string[]>(),
    format: text("format").$type<SubscriptionFormatName>().notNull(),
    state: text("state").$type<SubscriptionState>().notNull(),
    stateReason: text("state_reason").$type<SubscriptionStateReason>(),
    failingSince: integer("failing_since"),
    formerSecretExpiresAt: integer("former_secret_expires_at"),
    /** NOT NULL, so that an insert beyond the limits, which sets null, fails. */
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("event_subscriptions_by_owner").on(table.ownerId, table.id)],
);
