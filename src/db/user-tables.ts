import { eq } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./client.ts";
import type { Statement } from "./json-rows.ts";
import type * as schema from "./schema/index.ts";
import {
  channelMembers,
  channelReaders,
  identities,
  mentions,
  pins,
  reactions,
  slashCommands,
  threadFollowers,
  userFileUsage,
  userGroupMembers,
  userWords,
} from "./schema/index.ts";

type Schema = typeof schema;

/** A table with rows of users: one with a column `userId`. */
export type UserTableName = {
  [Name in keyof Schema]: Schema[Name] extends { userId: SQLiteColumn } ? Name : never;
}[keyof Schema];

interface UserTableRules {
  table: SQLiteTable & { userId: SQLiteColumn };
  /** What happens to a user's rows when the account is erased. `keep`: they contain nothing about the user but the id. */
  whenErased: "delete" | "keep";
}

/** What happens to the rows of an erased user. A table of the schema with a column `userId` that is not named here does not compile. */
export const userTables = {
  userWords: { table: userWords, whenErased: "delete" },
  identities: { table: identities, whenErased: "delete" },
  slashCommands: { table: slashCommands, whenErased: "delete" },
  userGroupMembers: { table: userGroupMembers, whenErased: "delete" },
  // Projected from rooms, which delete the rows of a member who leaves and of a message that is deleted.
  channelMembers: { table: channelMembers, whenErased: "keep" },
  channelReaders: { table: channelReaders, whenErased: "keep" },
  threadFollowers: { table: threadFollowers, whenErased: "keep" },
  mentions: { table: mentions, whenErased: "keep" },
  reactions: { table: reactions, whenErased: "keep" },
  // Counts the files that kept messages carry. Triggers delete the row with the last file.
  userFileUsage: { table: userFileUsage, whenErased: "keep" },
  pins: { table: pins, whenErased: "keep" },
} as const satisfies Record<UserTableName, UserTableRules>;

/** The statements that delete the rows of an erased user. */
export const deleteRowsOfUser = (db: Database, userId: string): Statement[] =>
  Object.values<UserTableRules>(userTables)
    .filter(({ whenErased }) => whenErased === "delete")
    .map(({ table }) => db.delete(table).where(eq(table.userId, userId)));
