import type { Context } from "hono";
import { z } from "zod";
import { foldKey } from "../../text/fold-key.ts";
import { decodeCursor, encodeCursor } from "../../domain/pagination.ts";
import type { AppEnv } from "../../http/context.ts";
import type { Channel, searchChannels as endpoint } from "../../protocol/index.ts";
import { type Reader, readableChannelNos, restrictionCondition } from "./execution/build-query.ts";
import { findReadable } from "./hydrate.ts";
import { partitionClauses, nameExpression } from "./query/match-expression.ts";
import { parseNameQuery } from "./query/parse.ts";
import { queryRows } from "./execution/run-statements.ts";
import { join, raw, type Sql, sql } from "./execution/sql-template.ts";

type Query = z.output<typeof endpoint.query>;

/**
 * Where a page ended: 0 among the names that begin with the query or 1 among the others, the key of the name, and the channel's id. Not
 * its number, which would reveal how many channels the workspace has.
 */
const CursorKey = z.tuple([z.int().min(0).max(1), z.string(), z.string()]);
type CursorKey = z.infer<typeof CursorKey>;

interface Row {
  channelNo: number;
  channelId: string;
  sortKey: string;
}

/**
 * Finds a page of channels: first those whose name begins with the query, then all others that contain its words, each by name.
 *
 * @throws `validation_failed` for more than 50 terms or an unknown cursor; `unavailable` if the index or D1 does not answer
 */
export async function searchChannels(
  c: Context<AppEnv>,
  { q, limit, cursor }: Query,
): Promise<{ items: Channel[]; nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, CursorKey);
  const expression = nameExpression(partitionClauses(parseNameQuery(q)));
  if (expression === undefined) return { items: [], nextCursor: null };
  const { found, hits } = await findReadable(c, async (reader) => ({
    rows: await queryRows<Row>(c.env, channelsQuery(expression, foldKey(q.trim()), reader, limit + 1, after)),
  }));
  const { rows } = found;
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.flatMap(({ channelId }) => hits.channels.get(channelId) ?? []),
    nextCursor: rows.length > limit && last ? encodeCursor(JSON.parse(last.sortKey)) : null,
  };
}

/** Builds the statement that finds channels which match `expression` and which the reader may read: rows of `Row`. */
export function channelsQuery(
  expression: string,
  beginning: string,
  reader: Reader,
  limit: number,
  after?: CursorKey,
): Sql {
  const { excludedChannelNos } = reader;
  const key = sql`(c.name_key IS NULL OR c.name_key < ${beginning} OR c.name_key >= ${`${beginning}\u{10ffff}`})`;
  const where = [
    sql`channel_text MATCH ${expression}`,
    raw("c.no = channel_text.rowid"),
    sql`+c.no IN (${readableChannelNos(reader)})`,
    sql`c.no NOT IN (SELECT value FROM json_each(${JSON.stringify(excludedChannelNos)}))`,
    ...restrictionCondition(raw("+c.no"), reader),
    ...(after
      ? [sql`(${key}, coalesce(c.name_key, ''), c.channel_id) > (${after[0]}, ${after[1]}, ${after[2]})`]
      : []),
  ];
  return sql`SELECT c.no AS channelNo, c.channel_id AS channelId,
      json_array(${key}, coalesce(c.name_key, ''), c.channel_id) AS sortKey
    FROM channel_text CROSS JOIN search_channels c WHERE ${join(where, " AND ")}
    ORDER BY ${key}, coalesce(c.name_key, ''), c.channel_id LIMIT ${limit}`;
}
