import type { Context } from "hono";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../core/pagination.ts";
import type { AppEnv } from "../../http/context.ts";
import type { MessageHit, searchMessages as endpoint } from "../../protocol/index.ts";
import { docAt, passedOverMs } from "./documents.ts";
import { findRanked, findRecent, type FoundRow } from "./find.ts";
import { findAdmitted } from "./hits.ts";
import { highlightsOf } from "./query/highlights.ts";
import { divide } from "./query/match.ts";
import { parse } from "./query/parse.ts";
import { resolve } from "./resolve.ts";
import { rowsOf } from "./run.ts";
import type { Sql } from "./sql.ts";

/** So many of a page's last documents does its cursor name: one of them will still be there. */
const placesKept = 20;

const Doc = z.int();
const RecentPlace = z.strictObject({ doc: Doc });
const RankedPlace = z.strictObject({ asOf: Doc, docs: z.array(Doc).min(1).max(placesKept) });

type Query = z.output<typeof endpoint.query>;

/**
 * A page of messages. Without words there is nothing to rank by: then the newest come first. A page may have fewer than `limit`
 * where the record no longer has what the index found.
 */
export async function searchMessages(
  c: Context<AppEnv>,
  { q, sort, limit, cursor }: Query,
): Promise<{ items: MessageHit[]; nextCursor: string | null }> {
  const clauses = await resolve(c, parse(q));
  if (clauses.length === 0) return { items: [], nextCursor: null };
  const isRanked = sort === "relevance" && divide(clauses).wanted.length > 0;
  const page = isRanked ? rankedPage(cursor) : recentPage(cursor);
  const { userId } = c.var.actor;
  const { rows, hits } = await findAdmitted<FoundRow>(c, (refused) =>
    rowsOf(c.env, page.statement(clauses, { userId, refused }, limit + 1)),
  );
  const kept = rows.slice(0, limit);
  const items = kept.flatMap(({ messageId, channelId }) => {
    const [message, channel] = [hits.messages.get(messageId), hits.channels.get(channelId)];
    return message && channel
      ? [{ message, channel, highlights: highlightsOf(clauses, message.content) }]
      : [];
  });
  return { items, nextCursor: rows.length > limit ? encodeCursor(page.placeOf(kept)) : null };
}

interface Page {
  statement(
    clauses: Parameters<typeof findRecent>[0],
    reader: Parameters<typeof findRecent>[1],
    limit: number,
  ): Sql;
  placeOf(rows: readonly FoundRow[]): unknown;
}

function recentPage(cursor: string | undefined): Page {
  const before = cursor === undefined ? undefined : decodeCursor(cursor, RecentPlace).doc;
  return {
    statement: (clauses, reader, limit) => findRecent(clauses, reader, { limit, before }),
    placeOf: (rows) => ({ doc: rows.at(-1)?.doc }),
  };
}

function rankedPage(cursor: string | undefined): Page {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, RankedPlace);
  const asOf = after?.asOf ?? docAt(Date.now() + passedOverMs);
  return {
    statement: (clauses, reader, limit) => findRanked(clauses, reader, { limit, asOf, after }),
    placeOf: (rows) => ({ asOf, docs: rows.slice(-placesKept).map(({ doc }) => doc) }),
  };
}
