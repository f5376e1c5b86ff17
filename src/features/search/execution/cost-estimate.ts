import { type Column, partitionClauses, indexTokens } from "../query/match-expression.ts";
import type { SearchClause, TextTerm } from "../query/terms.ts";
import { type Sql, sql } from "./sql-template.ts";

/**
 * Estimates the cost of a search before it runs, since FTS5 in D1 can't be interrupted.
 *
 * `search_text_idx` is FTS5's own index of its leaf pages: for each segment, the first term of each page and the page's number
 * (https://sqlite.org/fts5.html#the_data_storage_format). The difference of two page numbers is the size of the posting lists of all
 * terms between two terms, in pages of 4 kB, whether they hold many messages, many positions in one message, or many different words
 * with the same prefix. An estimate takes two look-ups for each segment, some 5 µs.
 */

/** One word or prefix of a query. */
export interface Lookup {
  word: string;
  prefix: boolean;
  /** Microseconds for each page of its posting list. */
  weight: number;
}

/** Measured over 100,000 messages by `bench/search/worst.ts`, in microseconds a page; rounded up. */
const perPage = { word: 35, inPhrase: 50, prefix: 140 };
/** How many messages a page of a posting list holds at most: a document number takes 4 bytes, its positions 3. */
const maxMessagesPerPage = 580;
/** Microseconds for each matching message: reading its row, and checking whether the reader may read it. */
const perMatch = { recent: 0.5, ranked: 1.6 };
/** Microseconds to seek one message in the posting list of a word. */
const perSeek = 10;
/** BM25 merges the positions of all terms: microseconds for each page, and more for each term. */
const rankPerPage = 30;
const rankPerPageAndTerm = 15;
/** The share of a page that the positions of one word in one message take at most; see `maxPositionsPerWord` in `index-text.ts`. */
const maxPagesPerMessage = 0.06;

export type Order = "recent" | "ranked";

const textTerms = (clauses: readonly SearchClause[]): TextTerm[] =>
  clauses.flat().flatMap(({ term }) => (term.kind === "text" ? [term] : []));

const keyOf = (word: string, prefix: boolean): string => (prefix ? `${word}*` : word);

const termLookups = (term: TextTerm): Lookup[] => {
  const tokens = indexTokens(term);
  return tokens.map((word, at) => {
    const prefix = term.prefix && at === tokens.length - 1;
    const weight = prefix ? perPage.prefix : tokens.length > 1 ? perPage.inPhrase : perPage.word;
    return { word, prefix, weight };
  });
};

/**
 * Returns the different words and prefixes of a query, with weights that make the weighted sum of their pages an upper bound of the
 * cost.
 */
export function queryLookups(clauses: readonly SearchClause[], order: Order): Lookup[] {
  const terms = textTerms(clauses);
  const matchCost =
    maxMessagesPerPage * perMatch[order] +
    (order === "ranked" ? rankPerPage + rankPerPageAndTerm * terms.length : 0);
  // Ranking reads each posting list twice: once more to count its messages.
  const reads = order === "ranked" ? 2 : 1;
  const lookups = new Map<string, Lookup>();
  for (const { word, prefix, weight } of terms.flatMap(termLookups)) {
    const repeated = lookups.get(keyOf(word, prefix));
    if (repeated) repeated.weight += weight * reads;
    else lookups.set(keyOf(word, prefix), { word, prefix, weight: weight * reads + matchCost });
  }
  return [...lookups.values()];
}

/** Sorts after every word that continues a prefix. */
const lastCharacter = "\u{10ffff}";

/**
 * Builds the statement that counts the pages of each posting list.
 *
 * @returns a statement with one row for each look-up, in order: `pages`, and `cost` in microseconds (pages times weight)
 */
export function pageCountQuery(lookups: readonly Lookup[]): Sql {
  const ranges = lookups.map(({ word, prefix, weight }) => [
    word,
    prefix ? word + lastCharacter : word,
    weight,
  ]);
  // FTS5 prefixes the terms of its main index with "0".
  return sql`SELECT sum(pages) AS pages, sum(pages) * weight AS cost FROM (
    WITH RECURSIVE segments (id) AS (
      SELECT min(segid) FROM search_text_idx
      UNION ALL
      SELECT (SELECT min(segid) FROM search_text_idx WHERE segid > id) FROM segments WHERE id IS NOT NULL
    )
    SELECT ranges.key AS key, ranges.value->>2 AS weight,
      coalesce(
        (SELECT pgno >> 1 FROM search_text_idx WHERE segid = segments.id
          AND term > CAST('0' || (ranges.value->>1) AS BLOB) ORDER BY term LIMIT 1),
        (SELECT (max(id) & 2147483647) + 1 FROM search_text_data
          WHERE id > segments.id << 37 AND id < (segments.id << 37) + 2147483648)
      ) - coalesce(
        (SELECT pgno >> 1 FROM search_text_idx WHERE segid = segments.id
          AND term <= CAST('0' || (ranges.value->>0) AS BLOB) ORDER BY term DESC LIMIT 1), 1) AS pages
    FROM json_each(${JSON.stringify(ranges)}) AS ranges CROSS JOIN segments
    WHERE segments.id IS NOT NULL
  ) GROUP BY key ORDER BY key`;
}

/** Builds a statement of one row: whether the upper bound of the cost is within `budgetMs`, and the pages of all posting lists. */
export const budgetQuery = (lookups: readonly Lookup[], budgetMs: number): Sql =>
  sql`SELECT coalesce(sum(cost), 0) <= ${budgetMs * 1_000}, coalesce(sum(pages), 0) FROM (${pageCountQuery(lookups)})`;

/** The result of `pageCountQuery`, and a closer estimate of the cost from it. */
export class PageCounts {
  readonly #byKey: ReadonlyMap<string, number>;

  constructor(lookups: readonly Lookup[], rows: readonly { pages: number }[]) {
    this.#byKey = new Map(lookups.map(({ word, prefix }, at) => [keyOf(word, prefix), rows[at]?.pages ?? 0]));
  }

  #pagesFor({ word, prefix }: Lookup): number {
    return this.#byKey.get(keyOf(word, prefix)) ?? 0;
  }

  /** Returns an upper bound of the messages that match a term. */
  #messages(term: TextTerm): number {
    return Math.min(...termLookups(term).map((lookup) => this.#pagesFor(lookup) * maxMessagesPerPage));
  }

  /** Returns the microseconds that reading the posting lists of a term takes. If another list leaves `seeks` messages, only these are sought. */
  #reads(term: TextTerm, seeks: number): number {
    return termLookups(term).reduce((sum, lookup) => {
      const cost = this.#pagesFor(lookup) * lookup.weight;
      // For a prefix, FTS5 merges the lists of all its words before it seeks anything.
      return sum + (lookup.prefix ? cost : Math.min(cost, seeks * perSeek));
    }, 0);
  }

  /** Builds the row of `budgetQuery` for a search that was found to be within the budget. */
  metBudget(): Sql {
    const pages = [...this.#byKey.values()].reduce((sum, count) => sum + count, 0);
    return sql`SELECT TRUE, ${pages}`;
  }

  /** Returns the rarest word of a term and the pages of its posting list; `undefined` if the term is only a prefix. */
  rarestWord(term: TextTerm): { word: string; pages: number } | undefined {
    const [rarest] = termLookups(term)
      .filter(({ prefix }) => !prefix)
      .map((lookup) => ({ word: lookup.word, pages: this.#pagesFor(lookup) }))
      .sort((one, other) => one.pages - other.pages);
    return rarest;
  }

  /**
   * Estimates the cost of a search over the whole index, in milliseconds. Also an upper bound, but closer than the sum of
   * `pageCountQuery`: it considers that only messages with the rarest word are sought in the other lists.
   */
  costMs(clauses: readonly SearchClause[], order: Order, column: Column): number {
    const { required, excluded, remaining } = partitionClauses(clauses);
    const sum = (terms: readonly TextTerm[], value: (term: TextTerm) => number): number =>
      terms.reduce((total, term) => total + value(term), 0);
    const matches = Math.min(...required.map((terms) => sum(terms, (term) => this.#messages(term))), 1e9);
    const joint = [...required.flat(), ...(column === "words" ? excluded : [])];
    const apart = textTerms(remaining);
    let micros =
      sum(joint, (term) => this.#reads(term, matches)) +
      sum(apart, (term) => this.#reads(term, Infinity) + this.#messages(term) * perMatch.recent) +
      (required.length > 0 ? matches * perMatch[order] : 0);
    if (order === "ranked") {
      const positions = sum(joint, (term) =>
        termLookups(term).reduce(
          (total, lookup) => total + Math.min(this.#pagesFor(lookup), matches * maxPagesPerMessage),
          0,
        ),
      );
      micros +=
        sum(joint, (term) => this.#reads(term, Infinity)) +
        positions * (rankPerPage + rankPerPageAndTerm * joint.length);
    }
    return micros / 1_000;
  }
}
