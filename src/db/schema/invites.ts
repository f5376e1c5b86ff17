import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { InvitedRole } from "../../protocol/index.ts";

/** Invites. Primary here. A token is a MAC of the id and is not stored. Rows stay, because accounts refer to them. */
export const invites = sqliteTable(
  "invites",
  {
    /** `inv_` and a ULID. */
    id: text("id").primaryKey(),
    createdBy: text("created_by").notNull(),
    role: text("role").$type<InvitedRole>().notNull(),
    /** The only address that may register; null: any. */
    email: text("email"),
    emailKey: text("email_key"),
    /** Whether the invite proves that its user receives mail at `email`: an admin created it. */
    confirmsEmail: integer("confirms_email", { mode: "boolean" }).notNull(),
    channelIds: text("channel_ids", { mode: "json" }).$type<string[]>().notNull(),
    maxUses: integer("max_uses").notNull(),
    /** NOT NULL, so that a registration beyond `maxUses`, which sets null, fails as a whole. */
    uses: integer("uses").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    /** Milliseconds since 1970. */
    expiresAt: integer("expires_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("invites_by_creator").on(table.createdBy, table.id),
    index("invites_by_email").on(table.emailKey),
    check("invites_uses", sql`${table.uses} BETWEEN 0 AND ${table.maxUses}`),
  ],
);

/** Registrations whose e-mail address is not confirmed yet. The account is created from the row. Primary here. */
export const pendingRegistrations = sqliteTable(
  "pending_registrations",
  {
    /** The id of the account to create. */
    id: text("id").primaryKey(),
    email: text("email").notNull(),
    emailKey: text("email_key").notNull(),
    username: text("username").notNull(),
    usernameKey: text("username_key").notNull(),
    displayName: text("display_name").notNull(),
    passwordHash: text("password_hash").notNull(),
    inviteId: text("invite_id"),
    createdAt: integer("created_at").notNull(),
    /** Milliseconds since 1970. */
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    uniqueIndex("pending_registrations_username_key").on(table.usernameKey),
    index("pending_registrations_by_expiry").on(table.expiresAt),
    index("pending_registrations_by_email").on(table.emailKey),
  ],
);
