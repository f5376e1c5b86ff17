import { limits } from "../../../protocol/index.ts";
import { matchRanges, type Range, stemmedWords } from "./find-terms.ts";
import type { SearchClause, TextTerm } from "./terms.ts";

/** How many UTF-16 units of the texts of one page are compared with the query: some 50 ms of CPU in the worst case. */
const maxUnitsPerPage = 100_000;

/** Finds the terms of a query in the texts of one page, within a budget of text length for the whole page. */
export class Highlighter {
  readonly #terms: TextTerm[];
  #unitsLeft = maxUnitsPerPage;

  constructor(clauses: readonly SearchClause[]) {
    this.#terms = clauses
      .flat()
      .flatMap(({ term, negated }) => (term.kind === "text" && !negated ? [term] : []));
  }

  /**
   * Returns the highlights of the next text of the page.
   *
   * @returns ranges in code points, in order, overlapping ones joined, at most 200. Once the budget of the page is used up, the rest
   * of the text has none.
   */
  highlight(text: string): Range[] {
    if (this.#terms.length === 0) return [];
    const read = Math.min(text.length, this.#unitsLeft);
    this.#unitsLeft -= read;
    const words = stemmedWords(text.slice(0, read)).filter((word) => read === text.length || word.end < read);
    const ranges = this.#terms.flatMap((term) => matchRanges(term, words));
    const joined: Range[] = [];
    for (const [start, end] of ranges.sort(([a], [b]) => a - b)) {
      const last = joined.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else joined.push([start, end]);
    }
    return inCodePoints(joined.slice(0, limits.highlights), text);
  }
}

/** Converts sorted ranges from UTF-16 units to code points. */
function inCodePoints(ranges: readonly Range[], text: string): Range[] {
  let [unit, point] = [0, 0];
  const pointAt = (offset: number): number => {
    while (unit < offset) {
      unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
      point++;
    }
    return point;
  };
  return ranges.map(([start, end]) => [pointAt(start), pointAt(end)]);
}
