import { eq, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./client.ts";
import { deleteMany, type Statement } from "./json-rows.ts";
import type * as schema from "./schema/index.ts";
import {
  channelDirectory,
  channelMembers,
  channelNames,
  channelReaders,
  channels,
  deadLetters,
  files,
  incomingWebhooks,
  mentions,
  messages,
  messageVersions,
  pins,
  reactions,
  threadFollowers,
} from "./schema/index.ts";

type Schema = typeof schema;

/** A table with rows of channels: one with a column `channelId`, or one that is named here because it refers to another such table. */
export type ChannelTableName =
  | { [Name in keyof Schema]: Schema[Name] extends { channelId: SQLiteColumn } ? Name : never }[keyof Schema]
  | "messageVersions";

interface ChannelTableRules {
  table: SQLiteTable;
  /**
   * `projected`: written from the room's log, so that reprojecting a channel deletes its rows and writes them again.
   * `primary`: D1 is the only place that has the rows, or some of their columns; reprojecting keeps them.
   */
  source: "projected" | "primary";
  /** What happens to the rows of a member who leaves the channel, or is removed. */
  whenMemberLeaves: "delete" | "keep";
  /** What happens to the rows of a message that is deleted. `rewrite`: its feature replaces their content. */
  whenMessageIsDeleted: "delete" | "rewrite" | "keep";
}

/**
 * What happens to the rows of each per-channel table. The clearing of a channel, the rows of a member who leaves and the rows
 * of a deleted message follow from it. A table of the schema with a column `channelId` that is not named here does not compile.
 */
export const channelTables = {
  // Which channels exist and which names they use are decided in D1.
  channelDirectory: {
    table: channelDirectory,
    source: "primary",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "keep",
  },
  channelNames: {
    table: channelNames,
    source: "primary",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "keep",
  },
  // The uploader's hub deletes the file of a deleted message, and then its row.
  files: { table: files, source: "primary", whenMemberLeaves: "keep", whenMessageIsDeleted: "keep" },
  incomingWebhooks: {
    table: incomingWebhooks,
    source: "primary",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "keep",
  },
  channelMembers: {
    table: channelMembers,
    source: "projected",
    whenMemberLeaves: "delete",
    whenMessageIsDeleted: "keep",
  },
  // Messages outlive the membership of their author, and so does what the author added to messages.
  messages: {
    table: messages,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "rewrite",
  },
  messageVersions: {
    table: messageVersions,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "delete",
  },
  mentions: {
    table: mentions,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "delete",
  },
  reactions: {
    table: reactions,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "delete",
  },
  pins: { table: pins, source: "projected", whenMemberLeaves: "keep", whenMessageIsDeleted: "delete" },
  // A member who joins again continues where they were. The room ends the follows of a member who leaves as changes of the row.
  channelReaders: {
    table: channelReaders,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "keep",
  },
  threadFollowers: {
    table: threadFollowers,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "keep",
  },
  deadLetters: {
    table: deadLetters,
    source: "projected",
    whenMemberLeaves: "keep",
    whenMessageIsDeleted: "keep",
  },
} as const satisfies Record<ChannelTableName, ChannelTableRules>;

type Rule<Field extends Exclude<keyof ChannelTableRules, "table">, Value> = {
  [Name in ChannelTableName]: (typeof channelTables)[Name][Field] extends Value ? Name : never;
}[ChannelTableName];

/** The names of the tables for which a rule has this value. */
function tablesWith<
  Field extends Exclude<keyof ChannelTableRules, "table">,
  const Value extends ChannelTableRules[Field],
>(field: Field, value: Value): Rule<Field, Value>[] {
  const names = Object.keys(channelTables) as ChannelTableName[];
  return names.filter((name) => (channelTables[name] as ChannelTableRules)[field] === value) as Rule<
    Field,
    Value
  >[];
}

const inChannel = (name: ChannelTableName, channelId: string): SQL =>
  name === "messageVersions"
    ? sql`message_id IN (SELECT id FROM messages WHERE channel_id = ${channelId})`
    : eq(channelTables[name].table.channelId, channelId);

/** Rows that are found by their message are deleted before it. */
const byMessageFirst = (one: ChannelTableName, other: ChannelTableName): number =>
  Number(other === "messageVersions") - Number(one === "messageVersions");

/**
 * Deletes a channel's rows from all projected tables and sets its checkpoint to 0, in one batch.
 *
 * @param ifAt fails, without deleting anything, unless the checkpoint still is this one
 */
export async function clearChannel(
  db: Database,
  { channelId, epoch, ifAt }: { channelId: string; epoch: string; ifAt?: { seq: number; epoch: string } },
): Promise<void> {
  const zero = ifAt
    ? sql<number>`CASE WHEN projected_seq = ${ifAt.seq} AND epoch = ${ifAt.epoch} THEN 0 END`
    : 0;
  const projected = tablesWith("source", "projected").toSorted(byMessageFirst);
  await db.batch([
    db.update(channels).set({ projectedSeq: zero, epoch }).where(eq(channels.id, channelId)),
    ...projected.map((name) => db.delete(channelTables[name].table).where(inChannel(name, channelId))),
  ]);
}

/**
 * The statements that delete up to `limit` rows of a channel from each projected table, and the channel itself; for a channel whose log no
 * longer exists. Run them until none deletes a row.
 */
export function deleteChannelRows(channelId: string, limit: number): Statement[] {
  const names = tablesWith("source", "projected").filter(
    (name) => name !== "messages" && name !== "messageVersions",
  );
  const someMessages = sql`SELECT id FROM messages WHERE channel_id = ${channelId} ORDER BY seq LIMIT ${limit}`;
  return [
    sql`DELETE FROM message_versions WHERE message_id IN (${someMessages})`,
    sql`DELETE FROM messages WHERE id IN (${someMessages})`,
    ...names.map((name) => {
      const { table } = channelTables[name];
      return sql`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${inChannel(name, channelId)} LIMIT ${limit})`;
    }),
    sql`DELETE FROM channels WHERE id = ${channelId}`,
  ];
}

/** The statements that delete the rows of members who left. */
export const deleteRowsOfMembers = (members: { channelId: string; userId: string }[]): Statement[] =>
  tablesWith("whenMemberLeaves", "delete").flatMap((name) => deleteMany(channelTables[name].table, members));

/** A deleted message, by everything that rows refer to it by. */
export interface DeletedMessage {
  id: string;
  channelId: string;
  seq: number;
}

/** How the rows of a deleted message are found in each table from which they are deleted. */
const ofMessages: Record<
  Rule<"whenMessageIsDeleted", "delete">,
  (deleted: readonly DeletedMessage[]) => Statement[]
> = {
  messageVersions: (deleted) =>
    deleteMany(
      messageVersions,
      deleted.map(({ id }) => ({ messageId: id })),
    ),
  mentions: (deleted) =>
    deleteMany(
      mentions,
      deleted.map(({ channelId, seq }) => ({ channelId, seq })),
    ),
  reactions: (deleted) =>
    deleteMany(
      reactions,
      deleted.map(({ id }) => ({ messageId: id })),
    ),
  pins: (deleted) =>
    deleteMany(
      pins,
      deleted.map(({ id, channelId }) => ({ channelId, messageId: id })),
    ),
};

/** The statements that delete the rows of deleted messages. They come last in a batch, after the statements that write such rows. */
export const deleteRowsOfMessages = (deleted: readonly DeletedMessage[]): Statement[] =>
  deleted.length === 0
    ? []
    : tablesWith("whenMessageIsDeleted", "delete").flatMap((name) => ofMessages[name](deleted));
