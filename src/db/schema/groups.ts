import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** User groups. Primary here. No group has the handle of a user: `insertAccount` and `insertGroup` check each other's table. */
export const userGroups = sqliteTable(
  "user_groups",
  {
    /** `grp_` and a ULID. */
    id: text("id").primaryKey(),
    handle: text("handle").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    createdBy: text("created_by").notNull(),
    /** Milliseconds since 1970. */
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [uniqueIndex("user_groups_handle").on(table.handle)],
);

/** The members of user groups. Primary here. */
export const userGroupMembers = sqliteTable(
  "user_group_members",
  {
    groupId: text("group_id").notNull(),
    userId: text("user_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.groupId, table.userId] }),
    index("user_group_members_by_user").on(table.userId),
  ],
);
