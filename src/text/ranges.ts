/** A part of a text: from a position to another, exclusive, in UTF-16 units. */
export interface TextRange {
  from: number;
  to: number;
}

/** Replaces ranges, which are in order, by blanks of the same length. Line breaks stay. */
export function blankRanges(text: string, ranges: readonly TextRange[]): string {
  if (ranges.length === 0) return text;
  let result = "";
  let from = 0;
  for (const range of ranges) {
    if (range.from < from) continue;
    result += text.slice(from, range.from) + blank(text.slice(range.from, range.to));
    from = range.to;
  }
  return result + text.slice(from);
}

/** Replaces every UTF-16 unit but line breaks by a blank. */
export const blank = (text: string): string => text.replaceAll(/[^\r\n]/g, " ");

/** Whether an odd number of backslashes precedes the position. */
export function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

/** A line with its position. `next` is the start of the next line. */
export interface Line {
  text: string;
  from: number;
  next: number;
}

/** Splits a text into lines, by any of the three line breaks. */
export function* linesOf(text: string): Generator<Line> {
  let from = 0;
  for (const { 0: ending, index } of text.matchAll(/\r\n?|\n/g)) {
    const next = index + ending.length;
    yield { text: text.slice(from, index), from, next };
    from = next;
  }
  yield { text: text.slice(from), from, next: text.length };
}
