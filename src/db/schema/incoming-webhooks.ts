import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Incoming webhooks. Primary here. A deleted webhook's row is deleted; its bot stays as the author of its messages. */
export const incomingWebhooks = sqliteTable(
  "incoming_webhooks",
  {
    /** `iwh_` and a ULID. */
    id: text("id").primaryKey(),
    channelId: text("channel_id").notNull(),
    /** The account that posts. Its display name is that of the webhook. */
    botUserId: text("bot_user_id").notNull(),
    name: text("name").notNull(),
    /** The icon of its messages: an emoji's name between colons, or an https URL; null: none. */
    icon: text("icon"),
    /** SHA-256 of the secret. NOT NULL, so that an insertion beyond a limit, which sets null, fails. */
    secretHash: text("secret_hash").notNull(),
    /** Whether a request may choose another channel, of which the bot is a member. */
    anyChannel: integer("any_channel", { mode: "boolean" }).notNull(),
    createdBy: text("created_by").notNull(),
    /** Milliseconds since 1970. */
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("incoming_webhooks_by_channel").on(table.channelId, table.id),
    uniqueIndex("incoming_webhooks_by_bot").on(table.botUserId),
  ],
);
