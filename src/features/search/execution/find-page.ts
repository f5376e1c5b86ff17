import { budgetQuery, queryLookups, type Order, PageCounts, pageCountQuery } from "./cost-estimate.ts";
import {
  rankedQuery,
  recentQuery,
  type FoundRow,
  type RankedPosition,
  documentRange,
  type Reader,
} from "./build-query.ts";
import { anyWordExpression, type Column, partitionClauses } from "../query/match-expression.ts";
import type { SearchClause } from "../query/terms.ts";
import type { RunBatch } from "./sql-template.ts";
import type { Sql } from "./sql-template.ts";
import { windowStart } from "./scan-window.ts";

/** A request for a page of results. */
export interface PageRequest {
  clauses: readonly SearchClause[];
  reader: Reader;
  limit: number;
  /** Rank by relevance; see `rankedQuery`. Absent: newest first. */
  ranked?: { asOf: number; after?: RankedPosition | undefined } | undefined;
  /** Only messages older than this document; not with `ranked`. */
  before?: number | undefined;
  column?: Column;
}

export interface FoundPage {
  rows: FoundRow[];
  /** The order of the rows: `recent` also if ranking was requested but would exceed the budget. */
  order: Order;
  /** The oldest document that was searched, if the search stopped at its budget: older ones were not searched. */
  stoppedAt?: number | undefined;
}

export interface SearchBudget {
  /** How long the statements of one search may take in the database. */
  ms: number;
  /** Returns the approximate number of messages in the index. */
  indexedMessages: () => Promise<number>;
}

/** A search without required words may have to read every message: if the index has more than this, it runs window by window. */
const maxFullScanMessages = 200_000;

/**
 * Finds a page within a budget of database time.
 *
 * 1. If the estimated cost is within the budget, the search runs as one statement, in the same D1 call as the estimate.
 * 2. Otherwise it is not ranked but ordered by time.
 * 3. If that also exceeds the budget, it runs window by window, newest first, each window wider than the one before, until the page is
 *    full or half of the budget is spent.
 *
 * @throws `unavailable` if the search index does not answer
 */
export async function findPage(
  run: RunBatch,
  request: PageRequest,
  budget: SearchBudget,
): Promise<FoundPage> {
  const { clauses, column = "words" } = request;
  const order: Order = request.ranked ? "ranked" : "recent";
  const isWhole =
    partitionClauses(clauses).required.length > 0 || (await budget.indexedMessages()) <= maxFullScanMessages;
  const lookups = queryLookups(clauses, order);
  if (lookups.length === 0) {
    if (!isWhole) return findByWindows(run, request, new PageCounts(lookups, []), budget);
    const [found] = await run([statementOf(request)]);
    return { rows: (found?.rows ?? []) as FoundRow[], order };
  }
  const [estimate, found] = await run([
    pageCountQuery(lookups),
    ...(isWhole ? [statementOf(request, budgetQuery(lookups, budget.ms))] : []),
  ]);
  const costs = (estimate?.rows ?? []) as { pages: number; cost: number }[];
  const isSurelyAffordable = costs.reduce((sum, { cost }) => sum + cost, 0) <= budget.ms * 1_000;
  if (isWhole && isSurelyAffordable) return { rows: (found?.rows ?? []) as FoundRow[], order };
  const pages = new PageCounts(lookups, costs);
  for (const candidate of order === "ranked" ? (["ranked", "recent"] as const) : (["recent"] as const)) {
    if (!isWhole || pages.costMs(clauses, candidate, column) > budget.ms) continue;
    const [result] = await run([
      statementOf(candidate === "ranked" ? request : { ...request, ranked: undefined }, pages.metBudget()),
    ]);
    return { rows: (result?.rows ?? []) as FoundRow[], order: candidate };
  }
  return findByWindows(run, request, pages, budget);
}

function statementOf({ clauses, reader, limit, ranked, before, column }: PageRequest, budget?: Sql): Sql {
  return ranked
    ? rankedQuery(clauses, reader, { limit, ...ranked, budget })
    : recentQuery(clauses, reader, { limit, before, budget }, column);
}

const maxWindows = 8;
/** Messages of the first window. */
const firstWidth = 2_000;
const growthFactor = 8;
/** How many bytes of text `instr` reads in some 20 ms: the texts of a window, times the number of terms. */
const windowBytes = 10_000_000;
/** How many bytes the index stores of one message at most: 8,000 pairs of characters. */
const maxMessageBytes = 64 * 1024;

/**
 * Searches window by window. FTS5 advances to the next match, however far away it is, before it checks whether that is still within
 * the range of the window. So its expression consists of single words only, for which every entry of a posting list is a match; all
 * other conditions are checked against the stored texts.
 */
async function findByWindows(
  run: RunBatch,
  { clauses, reader, limit, before, column }: PageRequest,
  pages: PageCounts,
  { ms }: SearchBudget,
): Promise<FoundPage> {
  const scans = clauses.map((clause) =>
    clause.map(({ negated, term }) => ({
      negated,
      term: term.kind === "text" ? { ...term, kind: "scan" as const } : term,
    })),
  );
  const terms = scans.flat().filter(({ term }) => term.kind === "scan").length;
  const bytes = Math.floor(windowBytes / Math.max(1, terms));
  const match = rarestWords(clauses, pages);
  const { least, end: newest } = documentRange(clauses, before);
  const rows: FoundRow[] = [];
  let [end, width, spentMs] = [newest, firstWidth, 0];
  for (let window = 0; window < maxWindows; window++) {
    const start = windowStart({ least, end, width, bytes, narrow: Math.ceil(bytes / maxMessageBytes) });
    const reach = { limit: limit - rows.length, before: end, window: { start, match } };
    const [begun, found] = await run([start, recentQuery(scans, reader, reach, column)]);
    rows.push(...((found?.rows ?? []) as FoundRow[]));
    const [at] = (begun?.rows ?? []) as { start: number }[];
    if (rows.length >= limit || !at || at.start <= least) return { rows, order: "recent" };
    end = at.start;
    const tookMs = (begun?.ms ?? 0) + (found?.ms ?? 0);
    spentMs += tookMs;
    if (spentMs + tookMs > ms / 2) break;
    width *= growthFactor;
  }
  return { rows, order: "recent", stoppedAt: end };
}

/** Returns a `MATCH` expression for the rarest clause that only whole words can satisfy; `undefined` if the query has none. */
function rarestWords(clauses: readonly SearchClause[], pages: PageCounts): string | undefined {
  const { required } = partitionClauses(clauses);
  const candidates = required
    .map((terms) => terms.map((term) => pages.rarestWord(term)))
    .filter((words) => words.every((word) => word !== undefined))
    .map((words) => ({ words, pages: words.reduce((sum, word) => sum + (word?.pages ?? 0), 0) }));
  const [rarest] = candidates.sort((one, other) => one.pages - other.pages);
  return rarest && anyWordExpression(rarest.words.flatMap((word) => word?.word ?? []));
}
