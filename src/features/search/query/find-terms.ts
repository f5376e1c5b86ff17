import { isCharacter, stemOf, type Word, wordsOf } from "../../../text/words.ts";
import type { TextTerm } from "./terms.ts";

/** A half-open range of a text: `start` is inclusive, `end` exclusive. */
export type Range = [start: number, end: number];

type StemmedWord = Word & { stem: string };

/** Splits a text into its words, with the stem of each. */
export const stemmedWords = (text: string): StemmedWord[] =>
  wordsOf(text).map(({ word, start, end }) => ({ word, start, end, stem: stemOf(word) }));

/**
 * Finds the occurrences of a term in a text.
 *
 * @returns ranges in UTF-16 units: of whole words or the whole phrase; in scripts without blanks between words, of exactly the
 * characters that were typed
 */
export function matchRanges(term: TextTerm, text: readonly StemmedWord[]): Range[] {
  const { words, prefix, stemmed } = term;
  if (stemmed) {
    const stem = stemOf(words[0] ?? "");
    return text
      .filter((word) => word.word === stem || word.stem === stem)
      .map(({ start, end }) => [start, end]);
  }
  const ranges: Range[] = [];
  const lastAt = words.length - 1;
  for (const [at, first] of text.entries()) {
    const last = text[at + lastAt];
    if (!last) break;
    const matches = words.every((word, offset) => {
      const { word: found = "" } = text[at + offset] ?? {};
      return offset === lastAt && prefix ? found.startsWith(word) : found === word;
    });
    if (matches) ranges.push([first.start, endOf(words[lastAt] ?? "", at + lastAt, text)]);
  }
  return ranges;
}

/** Returns the end of the last word of a match. If a single character matched a pair of characters, only the first one counts. */
function endOf(word: string, at: number, text: readonly Word[]): number {
  const found = text[at];
  if (!found) return 0;
  if (!isCharacter(word) || found.word === word) return found.end;
  for (let next = at + 1; next < text.length; next++) {
    const { start } = text[next] as Word;
    if (start > found.start) return Math.min(start, found.end);
  }
  return found.end;
}
