import { withinBudgetQuery, queryLookups, type Order, PageCounts, pageCountQuery } from "./cost-estimate.ts";
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

/** The page that a request asks for. */
export interface PageRequest {
  clauses: readonly SearchClause[];
  reader: Reader;
  limit: number;
  /** `asOf` and `after`: see `findRanked`. Absent: newest first. */
  ranked?: { asOf: number; after?: RankedPosition | undefined } | undefined;
  /** Older than this document; by time only. */
  before?: number | undefined;
  column?: Column;
}

export interface FoundPage {
  rows: FoundRow[];
  /** `recent` where ranking was asked for and would cost too much. */
  order: Order;
  /** The oldest document that the search looked at, where it ended before its time: older ones were not looked at. */
  stoppedAt?: number | undefined;
}

export interface SearchBudget {
  /** What the statements of a search may take in the database. */
  ms: number;
  /** Messages in the index, about. */
  indexedMessages: () => Promise<number>;
}

/** Where no words are wanted, a search may have to read every message: with more of them in the index it runs by windows. */
const readWithoutWords = 200_000;

/**
 * Finds a page within a budget. A search whose estimated cost is within it runs as one statement, in the same call as the
 * estimate. Another one is not ranked, and if that is not enough, runs by windows of messages, newest first, each wider than
 * the one before, until the page is full or the budget is spent.
 */
export async function findPage(run: RunBatch, wanted: PageRequest, budget: SearchBudget): Promise<FoundPage> {
  const { clauses, column = "words" } = wanted;
  const order: Order = wanted.ranked ? "ranked" : "recent";
  const isWhole =
    partitionClauses(clauses).required.length > 0 || (await budget.indexedMessages()) <= readWithoutWords;
  const lookups = queryLookups(clauses, order);
  if (lookups.length === 0) {
    if (!isWhole) return findByWindows(run, wanted, new PageCounts(lookups, []), budget);
    const [found] = await run([statementOf(wanted)]);
    return { rows: (found?.rows ?? []) as FoundRow[], order };
  }
  const [estimate, found] = await run([
    pageCountQuery(lookups),
    ...(isWhole ? [statementOf(wanted, withinBudgetQuery(lookups, budget.ms))] : []),
  ]);
  const costs = (estimate?.rows ?? []) as { pages: number; cost: number }[];
  const isSurelyAffordable = costs.reduce((sum, { cost }) => sum + cost, 0) <= budget.ms * 1_000;
  if (isWhole && isSurelyAffordable) return { rows: (found?.rows ?? []) as FoundRow[], order };
  const pages = new PageCounts(lookups, costs);
  for (const tried of order === "ranked" ? (["ranked", "recent"] as const) : (["recent"] as const)) {
    if (!isWhole || pages.costMs(clauses, tried, column) > budget.ms) continue;
    const [ran] = await run([statementOf(tried === "ranked" ? wanted : { ...wanted, ranked: undefined })]);
    return { rows: (ran?.rows ?? []) as FoundRow[], order: tried };
  }
  return findByWindows(run, wanted, pages, budget);
}

function statementOf({ clauses, reader, limit, ranked, before, column }: PageRequest, guard?: Sql): Sql {
  return ranked
    ? rankedQuery(clauses, reader, { limit, ...ranked, affordable: guard })
    : recentQuery(clauses, reader, { limit, before, withinBudget: guard }, column);
}

const mostWindows = 8;
const firstWidth = 2_000;
const growth = 8;
/** What `instr` reads in some 20 ms: bytes of the texts of a window, times the terms. */
const bytesOfWindow = 10_000_000;
/** At most so many bytes does the index keep of one message: 8,000 pairs of characters. */
const bytesOfMessage = 64 * 1024;

/**
 * Searches window by window. FTS5 goes on to the next match, however far away it is, before it looks whether that is still in the
 * range that was asked for: so it is asked for nothing here but single words, of which each entry is a match, and all else is
 * compared with the stored texts.
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
  const bytes = Math.floor(bytesOfWindow / Math.max(1, terms));
  const match = rarestWords(clauses, pages);
  const { least, end: newest } = documentRange(clauses, before);
  const rows: FoundRow[] = [];
  let [end, width, spentMs] = [newest, firstWidth, 0];
  for (let window = 0; window < mostWindows; window++) {
    const start = windowStart({ least, end, width, bytes, narrow: Math.ceil(bytes / bytesOfMessage) });
    const reach = { limit: limit - rows.length, before: end, window: { start, match } };
    const [begun, found] = await run([start, recentQuery(scans, reader, reach, column)]);
    rows.push(...((found?.rows ?? []) as FoundRow[]));
    const [at] = (begun?.rows ?? []) as { start: number }[];
    if (rows.length >= limit || !at || at.start <= least) return { rows, order: "recent" };
    end = at.start;
    const tookMs = (begun?.ms ?? 0) + (found?.ms ?? 0);
    spentMs += tookMs;
    if (spentMs + tookMs > ms / 2) break;
    width *= growth;
  }
  return { rows, order: "recent", stoppedAt: end };
}

/** Words of which a message has to have one, those that the fewest messages have; undefined where a query has none such. */
function rarestWords(clauses: readonly SearchClause[], pages: PageCounts): string | undefined {
  const { required } = partitionClauses(clauses);
  const candidates = required
    .map((terms) => terms.map((term) => pages.rarestWord(term)))
    .filter((words) => words.every((word) => word !== undefined))
    .map((words) => ({ words, pages: words.reduce((sum, word) => sum + (word?.pages ?? 0), 0) }));
  const [rarest] = candidates.sort((one, other) => one.pages - other.pages);
  return rarest && anyWordExpression(rarest.words.flatMap((word) => word?.word ?? []));
}
