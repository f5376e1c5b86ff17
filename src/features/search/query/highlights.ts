import { placesOf, type Range, readText } from "./match.ts";
import type { SearchClause } from "./terms.ts";

/** What of this text a query was looking for, in code points, in order, overlaps joined. */
export function highlightsOf(clauses: readonly SearchClause[], text: string): Range[] {
  const words = readText(text);
  const terms = clauses
    .flat()
    .flatMap(({ negated, term }) => (term.kind === "text" && !negated ? [term] : []));
  // What is asked for many times is looked for once.
  const different = new Map(terms.map((term) => [JSON.stringify(term), term])).values();
  const places = [...different].flatMap((term) => placesOf(term, words));
  const joined: Range[] = [];
  for (const [start, end] of places.sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return inCodePoints(joined, text);
}

/** Sorted places in UTF-16 units, in code points. */
function inCodePoints(places: readonly Range[], text: string): Range[] {
  let [unit, point] = [0, 0];
  const pointAt = (place: number): number => {
    while (unit < place) {
      unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
      point++;
    }
    return point;
  };
  return places.map(([start, end]) => [pointAt(start), pointAt(end)]);
}
