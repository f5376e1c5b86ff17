import { stemOf, wordsOf } from "../../../text/words.ts";

export { stemOf, wordsOf, type Word } from "../../../text/words.ts";

/** Stands between texts that no phrase spans. It is no word of any text. */
const gap = "\ue000";

const joinTexts = (lists: string[][]): string =>
  lists
    .filter((words) => words.length > 0)
    .map((words) => words.join(" "))
    .join(` ${gap} `);

/**
 * Of a word that a text repeats, so many places enter the index; each run of further words is one gap. So the list of a word has a bounded
 * part for each message, whatever somebody writes: prose of 8,000 characters has its most frequent word some 90 times. A phrase
 * that has such a word after its 200th place is not found; the word itself always is.
 */
export const maxPositionsPerWord = 200;

function limitRepeats(words: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const kept: string[] = [];
  for (const word of words) {
    const count = (counts.get(word) ?? 0) + 1;
    counts.set(word, count);
    if (count <= maxPositionsPerWord) kept.push(word);
    else if (kept.at(-1) !== gap) kept.push(gap);
  }
  return kept;
}

const wordsIn = (text: string): string[] => limitRepeats(wordsOf(text).map(({ word }) => word));

/**
 * What the index keeps of these texts, words set apart by blanks: their words, in order, and the English stems of those that
 * differ from theirs. A word is found in `words` by itself, and in either by its stem.
 */
export function indexText(...texts: string[]): { words: string; stems: string } {
  const words = texts.map(wordsIn);
  return { words: joinTexts(words), stems: stemsOf(words.flat()).join(" ") };
}

/** The same of the names of files, for the one column that they have: words, then stems. */
export function indexFileNames(names: readonly string[]): string {
  const words = names.map(wordsIn);
  return joinTexts([...words, stemsOf(words.flat())]);
}

const stemsOf = (words: readonly string[]): string[] =>
  limitRepeats(
    words.flatMap((word) => {
      const stem = stemOf(word);
      return stem === word ? [] : [stem];
    }),
  );
