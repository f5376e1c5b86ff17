import { type Column, partitionClauses, indexTokens } from "../query/match-expression.ts";
import type { SearchClause, TextTerm } from "../query/terms.ts";
import { type Sql, sql } from "./sql-template.ts";

/**
 * What a search costs, estimated before it runs, since FTS5 in D1 can't be interrupted.
 *
 * `search_text_idx` is FTS5's own index of its leaf pages: for each segment, the first term of each page and the page's number
 * (https://sqlite.org/fts5.html#the_data_storage_format). The difference of two page numbers is what the lists of all terms
 * between two terms take, in pages of 4 kB, whatever they hold: many messages, many places in one message, or many different
 * words below a prefix. Two look-ups a segment, some 5 µs.
 */

/** One word or prefix of a query. */
export interface Lookup {
  word: string;
  prefix: boolean;
  /** Microseconds for each page of its list. */
  weight: number;
}

/** Measured over 100,000 messages by `bench/search/worst.ts`, in microseconds a page; rounded up. */
const perPage = { word: 35, inPhrase: 50, prefix: 140 };
/** A page has the entries of at most so many messages: their numbers take 4 bytes, their places 3. */
const maxMessagesPerPage = 580;
/** Microseconds for each message that matches: its row, and whether the reader may read it. */
const perMatch = { recent: 0.5, ranked: 1.6 };
/** Microseconds to move to one message in the list of a word. */
const perSeek = 10;
/** BM25 merges the places of all terms: microseconds a page, and for each term more. */
const rankPerPage = 30;
const rankPerPageAndTerm = 15;
/** The share of a page that one word's places in one message take at most; see `placesOfWord` in `text.ts`. */
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

/** The different words and prefixes of a query, weighed so that the weighted sum of their pages is never below the cost. */
export function queryLookups(clauses: readonly SearchClause[], order: Order): Lookup[] {
  const terms = textTerms(clauses);
  const more =
    maxMessagesPerPage * perMatch[order] +
    (order === "ranked" ? rankPerPage + rankPerPageAndTerm * terms.length : 0);
  // The rank reads each list once more, to count its messages.
  const reads = order === "ranked" ? 2 : 1;
  const lookups = new Map<string, Lookup>();
  for (const { word, prefix, weight } of terms.flatMap(termLookups)) {
    const known = lookups.get(keyOf(word, prefix));
    if (known) known.weight += weight * reads;
    else lookups.set(keyOf(word, prefix), { word, prefix, weight: weight * reads + more });
  }
  return [...lookups.values()];
}

/** The end of the words that begin so. */
const lastCharacter = "\u{10ffff}";

/** For each look-up, in order: the pages of its list, `pages`, and these times its weight, `cost`. */
export function pageCountQuery(lookups: readonly Lookup[]): Sql {
  const ranges = lookups.map(({ word, prefix, weight }) => [
    word,
    prefix ? word + lastCharacter : word,
    weight,
  ]);
  // The terms of FTS5's main index begin with "0".
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

/** One row: whether the search surely costs no more than `budgetMs`. */
export const withinBudgetQuery = (lookups: readonly Lookup[], budgetMs: number): Sql =>
  sql`SELECT coalesce(sum(cost), 0) <= ${budgetMs * 1_000} FROM (${pageCountQuery(lookups)})`;

/** The pages of each word and prefix, as `pagesOf` has counted them. */
export class PageCounts {
  readonly #byKey: ReadonlyMap<string, number>;

  constructor(lookups: readonly Lookup[], rows: readonly { pages: number }[]) {
    this.#byKey = new Map(lookups.map(({ word, prefix }, at) => [keyOf(word, prefix), rows[at]?.pages ?? 0]));
  }

  #pagesFor({ word, prefix }: Lookup): number {
    return this.#byKey.get(keyOf(word, prefix)) ?? 0;
  }

  /** Messages that match a term, at most. */
  #messages(term: TextTerm): number {
    return Math.min(...termLookups(term).map((lookup) => this.#pagesFor(lookup) * maxMessagesPerPage));
  }

  /** Microseconds to read the lists of a term. Where another list leads to `seeks` messages, these alone are looked up. */
  #reads(term: TextTerm, seeks: number): number {
    return termLookups(term).reduce((sum, lookup) => {
      const cost = this.#pagesFor(lookup) * lookup.weight;
      // FTS5 merges the lists of all words of a prefix before it looks anything up.
      return sum + (lookup.prefix ? cost : Math.min(cost, seeks * perSeek));
    }, 0);
  }

  /** The word of a term that the fewest messages have, and the pages of its list; undefined of a prefix alone. */
  rarestWord(term: TextTerm): { word: string; pages: number } | undefined {
    const [rarest] = termLookups(term)
      .filter(({ prefix }) => !prefix)
      .map((lookup) => ({ word: lookup.word, pages: this.#pagesFor(lookup) }))
      .sort((one, other) => one.pages - other.pages);
    return rarest;
  }

  /** Milliseconds of a search over the whole index, at most: as the sum of `pagesOf`, but mindful of what the rarest word leaves. */
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
      const places = sum(joint, (term) =>
        termLookups(term).reduce(
          (total, lookup) => total + Math.min(this.#pagesFor(lookup), matches * maxPagesPerMessage),
          0,
        ),
      );
      micros +=
        sum(joint, (term) => this.#reads(term, Infinity)) +
        places * (rankPerPage + rankPerPageAndTerm * joint.length);
    }
    return micros / 1_000;
  }
}
