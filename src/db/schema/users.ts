import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { WorkspaceRole } from "../../protocol/index.ts";

/** Accounts. Primary here. `rev` increases with every change that rooms and hubs must receive. */
export const users = sqliteTable(
  "users",
  {
    id: text("id").primaryKey(),
    email: text("email").notNull(),
    emailKey: text("email_key").notNull(),
    username: text("username").notNull(),
    usernameKey: text("username_key").notNull(),
    displayName: text("display_name").notNull(),
    displayNameKey: text("display_name_key").notNull(),
    avatarFileId: text("avatar_file_id"),
    timeZone: text("time_zone"),
    role: text("role").$type<WorkspaceRole>().notNull(),
    active: integer("active", { mode: "boolean" }).notNull().default(true),
    /** Empty for an account without a password: a bot, or a user who logs in otherwise. No password matches it. */
    passwordHash: text("password_hash").notNull(),
    isBot: integer("is_bot", { mode: "boolean" }).notNull().default(false),
    /** When the user proved to receive mail at `email`, ms since 1970. */
    emailConfirmedAt: integer("email_confirmed_at"),
    /** The invite with which the user registered. */
    inviteId: text("invite_id"),
    /** The id of the user in the application whose server key created them. */
    externalId: text("external_id"),
    /** When the account was erased, ms since 1970. Its names and address are replaced then. */
    erasedAt: integer("erased_at"),
    /** Increases with each change of the password. Sessions that were begun under a lower version end. */
    credentialVersion: integer("credential_version").notNull().default(1),
    rev: integer("rev").notNull().default(1),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("users_email_key").on(table.emailKey),
    uniqueIndex("users_username_key").on(table.usernameKey),
    uniqueIndex("users_external_id").on(table.externalId),
    index("users_display_name_key").on(table.displayNameKey, table.id),
    index("users_bots")
      .on(table.id)
      .where(sql`is_bot = 1`),
    /** At most one owner, also when several register at the same moment. */
    uniqueIndex("users_first_owner")
      .on(table.role)
      .where(sql`role = 'owner'`),
  ],
);

/** The folded words of usernames and display names. Primary here, written in the batch that writes the account. */
export const userWords = sqliteTable(
  "user_words",
  {
    word: text("word").notNull(),
    userId: text("user_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.word, table.userId] }),
    index("user_words_by_user").on(table.userId),
  ],
);
