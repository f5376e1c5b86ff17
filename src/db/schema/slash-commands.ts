import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** A secret that signs requests, encrypted by `features/commands/command-secrets.ts`. */
export interface StoredSecret {
  sealed: string;
  /** When it no longer signs, in ms since 1970; absent: it is the current one. */
  until?: number;
}

/** The slash commands of bots. Primary here. The rows of a bot are deleted with it. */
export const slashCommands = sqliteTable(
  "slash_commands",
  {
    /** `cmd_` and a ULID. */
    id: text("id").primaryKey(),
    /** Without the leading `/`, in lower case. */
    name: text("name").notNull().unique(),
    /** The bot that answers. */
    userId: text("user_id").notNull(),
    description: text("description").notNull(),
    usage: text("usage"),
    /** How invocations reach the bot: a key of `features/commands/delivery`. */
    delivery: text("delivery").notNull(),
    /** Null with a delivery that has no URL. */
    url: text("url"),
    /** Newest first. Empty without a URL. */
    secrets: text("secrets", { mode: "json" }).$type<StoredSecret[]>().notNull(),
    /** The bot or the admin who registered it. */
    createdBy: text("created_by").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** The bot was created with the command and ends with it. */
    ownsBot: integer("owns_bot", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [index("slash_commands_by_bot").on(table.userId)],
);
