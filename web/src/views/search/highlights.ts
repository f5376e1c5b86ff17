/** A part of a text: one that matches a search, or what is between. */
export interface TextPart {
  text: string;
  isMatch: boolean;
}

/** How many code points are shown before the first match, and in all. */
const before = 80;
const shown = 400;

/**
 * Splits a text at the matches of a search. Of a long text, the surroundings of the first match are returned.
 *
 * @param highlights start (inclusive) and end (exclusive) of each match, in code points
 */
export function highlightParts(
  content: string,
  highlights: readonly (readonly [number, number])[],
): TextPart[] {
  const points = [...content];
  const sorted = highlights.toSorted(([one], [other]) => one - other);
  const first = sorted[0]?.[0] ?? 0;
  const from = points.length <= shown ? 0 : Math.max(0, Math.min(first - before, points.length - shown));
  const to = Math.min(points.length, from + shown);
  const parts: TextPart[] = [];
  let position = from;
  const add = (end: number, isMatch: boolean): void => {
    if (end > position) parts.push({ text: points.slice(position, end).join(""), isMatch });
    position = Math.max(position, end);
  };
  if (from > 0) parts.push({ text: "…", isMatch: false });
  for (const [start, end] of sorted) {
    if (end <= position || start >= to) continue;
    add(start, false);
    add(Math.min(end, to), true);
  }
  add(to, false);
  if (to < points.length) parts.push({ text: "…", isMatch: false });
  return parts;
}
