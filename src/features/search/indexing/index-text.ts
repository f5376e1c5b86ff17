import { stemOf, wordsOf } from "../../../text/words.ts";

export { stemOf, wordsOf, type Word } from "../../../text/words.ts";

/** Separates texts in a column, so that no phrase spans two of them. A private-use character, which is no word of any text. */
const gap = "\ue000";

const joinTexts = (lists: string[][]): string =>
  lists
    .filter((words) => words.length > 0)
    .map((words) => words.join(" "))
    .join(` ${gap} `);

/**
 * How many positions of a repeated word enter the index; each run of further repetitions becomes one gap. This bounds the part of a
 * posting list that one message can take; 8,000 characters of prose have their most frequent word some 90
 * times. A phrase that contains such a word after its 200th position is not found; the word itself always is.
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
 * Computes the columns of the index for some texts.
 *
 * @returns `words`: all words in order; `stems`: the English stems that differ from their words. Both are separated by blanks. An exact
 * word is looked up in `words`, a stem in both.
 */
export function indexText(...texts: string[]): { words: string; stems: string } {
  const words = texts.map(wordsIn);
  return { words: joinTexts(words), stems: stemsOf(words.flat()).join(" ") };
}

/** Computes the column `files` of the index: the words of the files' names, then the stems. */
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
