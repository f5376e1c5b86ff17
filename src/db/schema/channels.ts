import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { ChannelRole, ChannelType } from "../../protocol/index.ts";

/** Every channel that was ever asked for: primary, so that a projection can be rebuilt from nothing else. */
export const channelDirectory = sqliteTable(
  "channel_directory",
  {
    channelId: text("channel_id").primaryKey(),
    createdAt: integer("created_at").notNull(),
    /** A direct or group message, whose id tells who is in it: it is shown to nobody. */
    direct: integer("direct", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    index("channel_directory_named")
      .on(table.channelId)
      .where(sql`direct = 0`),
    // In the order of its rows, which every index ends with.
    index("channel_directory_direct")
      .on(table.direct)
      .where(sql`direct = 1`),
  ],
);

/**
 * Names in use: primary, unique here before a room is told. A `claim` is one use of a name; what a crash leaves
 * unconfirmed is swept once its room has said that it does not hold that claim.
 */
export const channelNames = sqliteTable(
  "channel_names",
  {
    nameKey: text("name_key").primaryKey(),
    channelId: text("channel_id").notNull(),
    claim: text("claim").notNull(),
    claimedAt: integer("claimed_at").notNull(),
    confirmed: integer("confirmed", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    uniqueIndex("channel_names_claim").on(table.claim),
    index("channel_names_unconfirmed")
      .on(table.claimedAt)
      .where(sql`confirmed = 0`),
  ],
);

/** Projected. `projected_seq` is the fence: it moves by compare-and-swap, in the batch whose rows it vouches for. */
export const channels = sqliteTable(
  "channels",
  {
    id: text("id").primaryKey(),
    epoch: text("epoch").notNull(),
    projectedSeq: integer("projected_seq").notNull(),
    name: text("name"),
    nameKey: text("name_key"),
    type: text("type").$type<ChannelType>().notNull().default("private"),
    topic: text("topic").notNull().default(""),
    description: text("description").notNull().default(""),
    createdAt: integer("created_at").notNull().default(0),
    archivedAt: integer("archived_at"),
    createdBy: text("created_by").notNull().default(""),
    /** Of direct and group messages. */
    memberIds: text("member_ids", { mode: "json" }).$type<string[]>(),
    /** When D1 last received events of it, by D1's clock, ms since 1970. */
    changedAt: integer("changed_at").notNull().default(0),
  },
  (table) => [
    index("channels_public_by_name")
      .on(table.nameKey, table.id)
      .where(sql`type = 'public' and archived_at is null`),
  ],
);

/** Projected. */
export const channelMembers = sqliteTable(
  "channel_members",
  {
    channelId: text("channel_id").notNull(),
    userId: text("user_id").notNull(),
    role: text("role").$type<ChannelRole>().notNull(),
    joinedAt: integer("joined_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.userId] }),
    index("channel_members_by_user").on(table.userId, table.channelId),
    index("channel_members_by_joining").on(table.channelId, table.joinedAt, table.userId),
  ],
);
