import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../domain/pagination.ts";
import { type Database, databaseNow } from "../../db/index.ts";
import { type getUnreads, limits } from "../../protocol/index.ts";

/** The cursor of a page: the id of its last channel, and the `rev` of the first page. */
const UnreadsCursor = z.tuple([z.string(), z.int()]);

/** Changes in this time before `since` are returned again, in case D1's clock was set back. */
const overlapMs = 5_000;

/** A member without a row (their read state is not projected yet) counts as having read everything. */
const lastReadSeq = "coalesce(reader.last_read_seq, channel.projected_seq)";
const level = "coalesce(reader.level, iif(channel.name IS NULL, 'all', 'mentions'))";

/** Counts up to 99 rows after the user's read position, from an index alone. A channel without events after it is not counted. */
const counted = (rows: string): string =>
  `iif(channel.projected_seq > ${lastReadSeq}, (SELECT count(*) FROM (${rows} AND seq > ${lastReadSeq} LIMIT ${limits.unreadCounted})), 0)`;
const unread = counted(`SELECT 1 FROM messages WHERE channel_id = channel.id AND in_channel = 1
  AND author_id <> member.user_id AND deleted_at IS NULL`);
const mentions = counted("SELECT 1 FROM mentions WHERE user_id = member.user_id AND channel_id = channel.id");

const isoTime = (column: string): string =>
  `strftime('"%Y-%m-%dT%H:%M:%fZ"', ${column} / 1000.0, 'unixepoch')`;

/**
 * The text of `Unread` as JSON. The database writes it, so that 200 channels are not parsed, copied and serialized again on their way. Only
 * names and texts are quoted: ids, epochs, types and levels contain no character that JSON escapes.
 */
const itemText = (
  isAll: boolean,
): string => `concat('{"channelId":"', channel.id, '","lastReadSeq":', ${lastReadSeq},
  ',"unread":', ${unread}, ',"mentions":', ${mentions}, ',"level":"', ${level}, '"',
  ${isAll ? `${channelText},` : ""}
  ',"seq":', channel.projected_seq, ',"epoch":"', channel.epoch, '"}')`;

const channelText = `',"channel":{"id":"', channel.id, '","name":', json_quote(channel.name), ',"type":"', channel.type,
  '","topic":', json_quote(channel.topic), ',"description":', json_quote(channel.description), ',"createdBy":"', channel.created_by, '"',
  iif(channel.member_ids IS NULL, '', ',"memberIds":' || channel.member_ids), ',"createdAt":', ${isoTime("channel.created_at")},
  ',"archivedAt":', coalesce(${isoTime("channel.archived_at")}, 'null'), '}'`;

const itemTexts = { all: sql.raw(itemText(true)), counts: sql.raw(itemText(false)) };

/**
 * Reads a user's channels with their unread counts; it reads at most 99 unread messages of each channel. With `since`, only the channels
 * of which D1 has written the channel's row or the user's read state after that time.
 *
 * @returns the response as JSON text
 */
export async function findUnreads(
  db: Database,
  userId: string,
  { since, fields, limit, cursor }: z.output<typeof getUnreads.query>,
): Promise<string> {
  const [afterId, firstRev] = cursor ? decodeCursor(cursor, UnreadsCursor) : [];
  const from = since === undefined ? undefined : Math.max(0, since - overlapMs);
  const where: SQL[] = [
    sql`member.user_id = ${userId}`,
    ...(afterId === undefined ? [] : [sql`member.channel_id > ${afterId}`]),
    ...(from === undefined ? [] : [sql`(channel.changed_at >= ${from} OR reader.changed_at >= ${from})`]),
  ];
  // One statement, so that all of it is of one moment. The first row has no channel.
  const [[, rev, total] = ["", 0, 0], ...rows] = (await db.values(sql`
    SELECT '', ${databaseNow}, (SELECT count(*) FROM channel_members WHERE user_id = ${userId})
    UNION ALL SELECT * FROM (
      SELECT channel.id, ${itemTexts[fields]}, NULL
      FROM channel_members AS member
      CROSS JOIN channels AS channel ON channel.id = member.channel_id
      LEFT JOIN channel_readers AS reader ON reader.channel_id = member.channel_id AND reader.user_id = member.user_id
      WHERE ${sql.join(where, sql.raw(" AND "))}
      ORDER BY member.channel_id LIMIT ${limit === undefined ? -1 : limit + 1})`)) as [
    string,
    unknown,
    number,
  ][];
  const shownRev = firstRev ?? rev;
  const kept = limit === undefined ? rows : rows.slice(0, limit);
  const last = kept.at(-1);
  const nextCursor =
    kept.length < rows.length && last ? JSON.stringify(encodeCursor([last[0], shownRev])) : "null";
  return `{"items":[${kept.map(([, item]) => item).join(",")}],"nextCursor":${nextCursor},"rev":${shownRev},"total":${total}}`;
}
