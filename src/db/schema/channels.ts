import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { ChannelRole, ChannelType, PostingPolicy } from "../../protocol/index.ts";

/** Every channel whose creation was ever requested. Primary here, so that all projections can be rebuilt from this list. */
export const channelDirectory = sqliteTable(
  "channel_directory",
  {
    channelId: text("channel_id").primaryKey(),
    createdAt: integer("created_at").notNull(),
    /** A direct or group message. Its id reveals its members, so no list for administrators contains it. */
    direct: integer("direct", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    index("channel_directory_named")
      .on(table.channelId)
      .where(sql`direct = 0`),
    // Ordered by rowid, which is the last column of every index.
    index("channel_directory_direct")
      .on(table.direct)
      .where(sql`direct = 1`),
  ],
);

/**
 * Channel names. Primary here: a name is inserted before its room is called, so that it is unique. A `claim` identifies one use of a name.
 * A claim that a crash left unconfirmed is deleted after the room has answered that it does not use it.
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
    /** For a channel that is deleted for good. */
    index("channel_names_by_channel").on(table.channelId),
    index("channel_names_unconfirmed")
      .on(table.claimedAt)
      .where(sql`confirmed = 0`),
  ],
);

/**
 * Projected. `projected_seq` is the position up to which D1 has the channel's log. Every projection batch advances it by compare-and-swap, so
 * that a late or repeated batch fails as a whole.
 */
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
    postingPolicy: text("posting_policy").$type<PostingPolicy>().notNull().default("everyone"),
    createdAt: integer("created_at").notNull().default(0),
    archivedAt: integer("archived_at"),
    createdBy: text("created_by").notNull().default(""),
    /** Only of direct and group messages. */
    memberIds: text("member_ids", { mode: "json" }).$type<string[]>(),
    /** When D1 last received events of the channel, by D1's clock, ms since 1970. */
    changedAt: integer("changed_at").notNull().default(0),
  },
  (table) => [
    index("channels_public_by_name")
      .on(table.nameKey, table.id)
      .where(sql`type = 'public' and archived_at is null`),
    // The list for admins: by id in each scope, and names of archived public channels.
    index("channels_named")
      .on(table.id)
      .where(sql`type in ('public', 'private')`),
    index("channels_named_live")
      .on(table.type, table.id)
      .where(sql`type in ('public', 'private') and archived_at is null`),
    index("channels_archived")
      .on(table.id)
      .where(sql`archived_at is not null`),
    index("channels_archived_public_by_name")
      .on(table.nameKey, table.id)
      .where(sql`type = 'public' and archived_at is not null`),
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
