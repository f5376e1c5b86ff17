import type { Context } from "hono";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../domain/pagination.ts";
import { invalidField } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import { restrictionOf } from "../../http/token-permissions.ts";
import type { searchMessages as endpoint } from "../../protocol/index.ts";
import type { Order } from "./execution/cost-estimate.ts";
import { docNumberAt, docNumberSlackMs } from "./indexing/document-numbers.ts";
import type { FoundRow } from "./execution/build-query.ts";
import { findPage } from "./execution/find-page.ts";
import { findReadable } from "./hydrate.ts";
import { searchBudget } from "./execution/search-budget.ts";
import { Highlighter } from "./query/highlighter.ts";
import { partitionClauses } from "./query/match-expression.ts";
import { parseQuery } from "./query/parse.ts";
import { resolveOperators } from "./query/resolve-operators.ts";
import { searchRunner } from "./execution/run-statements.ts";

/** How many of a page's last documents its cursor names, so that one of them still exists when the next page is read. */
const docsPerCursor = 20;

const Doc = z.int();
const RecentKey = z.strictObject({ doc: Doc });
const RankedKey = z.strictObject({ asOf: Doc, docs: z.array(Doc).min(1).max(docsPerCursor) });
const CursorKey = z.union([RankedKey, RecentKey]);

type Query = z.output<typeof endpoint.query>;
type Page = z.input<typeof endpoint.response>;

/**
 * Finds a page of messages. A query without words can't be ranked: its newest messages come first. A page may have fewer than `limit`
 * items, if D1 no longer has what the index found, or if the search stopped at its budget (`incomplete`).
 *
 * @throws `validation_failed` for a wrong query or cursor; `unavailable` if the index, D1 or a room named by `in:` does not answer
 */
export async function searchMessages(c: Context<AppEnv>, { q, sort, limit, cursor }: Query): Promise<Page> {
  const clauses = await resolveOperators(c, parseQuery(q));
  if (clauses.length === 0) return { items: [], nextCursor: null };
  const canRank = sort === "relevance" && partitionClauses(clauses).required.length > 0;
  const position = cursor === undefined ? undefined : decodeCursor(cursor, canRank ? CursorKey : RecentKey);
  const ranked =
    canRank && !(position && "doc" in position)
      ? { asOf: position?.asOf ?? docNumberAt(Date.now() + docNumberSlackMs), after: position }
      : undefined;
  const before = position && "doc" in position ? position.doc : undefined;
  const { userId } = c.var.claims;
  const onlyChannelIds = restrictionOf(c);
  const { found, hits } = await findReadable(c, (excludedChannelNos) =>
    findPage(
      searchRunner(c.env),
      { clauses, reader: { userId, excludedChannelNos, onlyChannelIds }, limit: limit + 1, ranked, before },
      searchBudget(c.env),
    ),
  );
  const { rows, order, stoppedAt } = found;
  if (order === "recent" && ranked?.after) rejectCursor();
  const kept = rows.slice(0, limit);
  const highlights = new Highlighter(clauses);
  const items = kept.flatMap(({ messageId, channelId }) => {
    const [message, channel] = [hits.messages.get(messageId), hits.channels.get(channelId)];
    return message && channel
      ? [{ message, channel, highlights: highlights.highlight(message.content) }]
      : [];
  });
  const isMore = rows.length > limit;
  return {
    items,
    nextCursor: isMore
      ? encodeCursor(cursorKey(order, kept, ranked?.asOf))
      : stoppedAt === undefined
        ? null
        : encodeCursor({ doc: stoppedAt }),
    ...(isMore || stoppedAt === undefined ? {} : { incomplete: true }),
    ...(ranked && order === "recent" ? { sort: "recent" } : {}),
  };
}

function cursorKey(order: Order, rows: readonly FoundRow[], asOf: number | undefined): unknown {
  return order === "ranked"
    ? { asOf, docs: rows.slice(-docsPerCursor).map(({ doc }) => doc) }
    : { doc: rows.at(-1)?.doc };
}

/** Rejects a cursor of ranked pages when the matches have become too many for a ranked search. */
const rejectCursor = (): never => {
  const message =
    "Too many messages match by now to continue in order of relevance: search again without a cursor";
  throw invalidField("cursor", message, message);
};
