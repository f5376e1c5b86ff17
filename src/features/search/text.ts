import { stemOf, wordsOf } from "../../core/words.ts";

export { stemOf, wordsOf, type Word } from "../../core/words.ts";

/** Stands between texts that no phrase spans. It is no word of any text. */
const gap = "\ue000";

const list = (lists: string[][]): string =>
  lists
    .filter((words) => words.length > 0)
    .map((words) => words.join(" "))
    .join(` ${gap} `);

/**
 * What the index keeps of these texts, words set apart by blanks: their words, in order, and the English stems of those that
 * differ from theirs. A word is found in `words` by itself, and in either by its stem.
 */
export function indexed(...texts: string[]): { words: string; stems: string } {
  const words = texts.map((text) => wordsOf(text).map(({ word }) => word));
  return { words: list(words), stems: stemsOf(words.flat()).join(" ") };
}

/** The same of the names of files, for the one column that they have: words, then stems. */
export function indexedNames(names: readonly string[]): string {
  const words = names.map((name) => wordsOf(name).map(({ word }) => word));
  return list([...words, stemsOf(words.flat())]);
}

const stemsOf = (words: readonly string[]): string[] =>
  words.flatMap((word) => {
    const stem = stemOf(word);
    return stem === word ? [] : [stem];
  });
