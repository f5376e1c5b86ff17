import { stemmer } from "stemmer";
import { LruMap } from "../lib/lru-map.ts";
import { foldText } from "./fold-text.ts";

/** A folded word and its range in the source text: start (inclusive) and end (exclusive) in UTF-16 code units. */
export interface Word {
  word: string;
  start: number;
  end: number;
}

/** Characters of scripts that are written without spaces between words, or that attach particles to them (Korean). */
const unspaced = String.raw`[[\p{L}\p{M}\p{N}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]`;
const pattern = new RegExp(
  [
    `(?<run>${unspaced}+)`,
    String.raw`[[\p{L}\p{N}]--${unspaced}][[\p{L}\p{N}\p{M}]--${unspaced}]*`,
    // The suffixes of C++ and C#.
    String.raw`(?<=[\p{L}\p{N}])(?:\+\+|#(?![\p{L}\p{N}_]))`,
    String.raw`[\p{Extended_Pictographic}\p{Regional_Indicator}\p{So}]`,
  ].join("|"),
  "gv",
);

/**
 * Splits a text into folded words: sequences of letters and digits, so that addresses, paths and code are split into their parts. In scripts
 * without spaces between words (Chinese, Japanese, Korean, Thai …) each bigram is a word, and the last character of a run too, so that a
 * word is found in any context. A dictionary would segment depending on the context and on its own version. An emoji is a word. A word is
 * never empty and contains no white space.
 */
export function wordsOf(text: string): Word[] {
  const { folded, startOf, endOf } = foldText(text);
  const words: Word[] = [];
  for (const { 0: word, index, groups } of folded.matchAll(pattern)) {
    if (groups?.["run"] === undefined) {
      words.push({ word, start: startOf(index), end: endOf(index + word.length) });
      continue;
    }
    let at = index;
    let [previous, previousAt] = ["", at];
    for (const character of word) {
      const end = at + character.length;
      if (previous) words.push({ word: previous + character, start: startOf(previousAt), end: endOf(end) });
      [previous, previousAt, at] = [character, at, end];
    }
    words.push({ word: previous, start: startOf(previousAt), end: endOf(at) });
  }
  return words;
}

const isUnspaced = new RegExp(`^${unspaced}$`, "v");

/** Whether the word is a single character of a script without spaces between words. */
export const isCharacter = (word: string): boolean => word.length <= 2 && isUnspaced.test(word);

const english = /^[a-z]{3,40}$/;
const irregular: Readonly<Record<string, string>> = { goes: "go", does: "do", using: "use" };

/**
 * Returns the English stem of a folded word, or the word itself if it is not an English word of 3 to 40 letters. Porter's algorithm, with
 * two changes: `deploy` and `deployment` have the same stem, and `one` and `on` do not.
 */
export function stemOf(word: string): string {
  if (!english.test(word)) return word;
  let stem = stems.get(word);
  if (stem === undefined) stems.set(word, (stem = computeStem(word)));
  return stem;
}

/** Cache of stems: stemming takes most of the time of indexing a message, and words recur. */
const stems = new LruMap<string, string>(10_000);

function computeStem(word: string): string {
  const exception = Object.hasOwn(irregular, word) ? irregular[word] : undefined;
  if (exception !== undefined) return exception;
  const stem = stemmer(word).replace(/([aeou])i$/, "$1y");
  if (stem.length > 2 || word === `${stem}ing`) return stem;
  return word.startsWith(`${stem}e`) ? `${stem}e` : word;
}
