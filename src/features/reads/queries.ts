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
const lastReadSeq = sql.raw("coalesce(reader.last_read_seq, channel.projected_seq)");
const counted = sql.raw(String(limits.unreadCounted));

/**
 * Counts up to 99 rows after the user's read position, from an index alone. Most channels have fewer events there, so that SQLite need not
 * count to a limit, which takes longer, or none.
 *
 * @param table the table and the condition of its rows
 */
const countUnread = (table: string, condition: SQL): SQL => {
  const rows = sql`FROM ${sql.raw(table)} WHERE channel_id = channel.id AND ${condition} AND seq > ${lastReadSeq}`;
  return sql`CASE WHEN channel.projected_seq <= ${lastReadSeq} THEN 0
    WHEN channel.projected_seq <= ${lastReadSeq} + ${counted} THEN (SELECT count(*) ${rows})
    ELSE (SELECT count(*) FROM (SELECT 1 ${rows} LIMIT ${counted})) END`;
};

const isoTime = (column: string): string =>
  `strftime('"%Y-%m-%dT%H:%M:%fZ"', ${column} / 1000.0, 'unixepoch')`;

const channelText = `',"channel":{"id":"', channel.id, '","name":', json_quote(channel.name), ',"type":"', channel.type,
  '","topic":', json_quote(channel.topic), ',"description":', json_quote(channel.description), ',"createdBy":"', channel.created_by,
  '","postingPolicy":"', channel.posting_policy, '"', iif(channel.member_ids IS NULL, '', ',"memberIds":' || channel.member_ids), ',"createdAt":', ${isoTime("channel.created_at")},
  ',"archivedAt":', coalesce(${isoTime("channel.archived_at")}, 'null'), '}'`;

const channelTexts = { all: sql.raw(channelText), counts: sql.raw("''") };

/**
 * The JSON of an `Unread`, written by the database, so that 200 channels are not parsed, copied and serialized again on their way. Only names,
 * topics and descriptions are quoted: ids, epochs, types, policies and levels contain no character that JSON escapes.
 */
const itemText = (userId: string, fields: keyof typeof channelTexts): SQL => sql`
  concat('{"channelId":"', channel.id, '","lastReadSeq":', ${lastReadSeq},
    ',"unread":', ${countUnread("messages", sql`in_channel = 1 AND deleted_at IS NULL AND author_id <> ${userId}`)},
    ',"mentions":', ${countUnread("mentions", sql`user_id = ${userId}`)},
    ',"level":"', coalesce(reader.level, iif(channel.name IS NULL, 'all', 'mentions')), '"',
    ${channelTexts[fields]}, ',"seq":', channel.projected_seq, ',"epoch":"', channel.epoch, '"}')`;

/**
 * Reads a user's channels with their unread counts; it reads at most 99 unread messages of each channel. With `since`, only the channels
 * of which D1 has written the channel's row or the user's read state after that time.
 *
 * @param only the channels to which the request's token is restricted; null: all
 * @returns the response as JSON text
 */
export async function findUnreads(
  db: Database,
  userId: string,
  { since, fields, limit, cursor }: z.output<typeof getUnreads.query>,
  only: readonly string[] | null,
): Promise<string> {
  const [afterId, firstRev] = cursor ? decodeCursor(cursor, UnreadsCursor) : [];
  const from = since === undefined ? undefined : Math.max(0, since - overlapMs);
  const permitted =
    only === null
      ? undefined
      : sql`member.channel_id IN (SELECT value FROM json_each(${JSON.stringify(only)}))`;
  const where: SQL[] = [
    sql`member.user_id = ${userId}`,
    ...(permitted ? [permitted] : []),
    ...(afterId === undefined ? [] : [sql`member.channel_id > ${afterId}`]),
    ...(from === undefined ? [] : [sql`(channel.changed_at >= ${from} OR reader.changed_at >= ${from})`]),
  ];
  // One statement, so that all of it is of one moment. The first row has no channel.
  const [[, rev, total] = ["", 0, 0], ...rows] = (await db.values(sql`
    SELECT '', ${databaseNow}, (SELECT count(*) FROM channel_members AS member WHERE user_id = ${userId}${permitted ? sql` AND ${permitted}` : sql``})
    UNION ALL SELECT * FROM (
      SELECT channel.id, ${itemText(userId, fields)}, NULL
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
