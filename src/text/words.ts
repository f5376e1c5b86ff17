import { stemmer } from "stemmer";
import { LruMap } from "../lib/lru-map.ts";
import { foldText } from "./fold-text.ts";

/** A word of a text: as it is compared, and where it stands in the text, in UTF-16 units: from, and to before. */
export interface Word {
  word: string;
  start: number;
  end: number;
}

/** Scripts that are written without blanks between words, or with endings fast to them. */
const unspaced = String.raw`[[\p{L}\p{M}\p{N}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]`;
const pattern = new RegExp(
  [
    `(?<run>${unspaced}+)`,
    String.raw`[[\p{L}\p{N}]--${unspaced}][[\p{L}\p{N}\p{M}]--${unspaced}]*`,
    // Of C++ and C#.
    String.raw`(?<=[\p{L}\p{N}])(?:\+\+|#(?![\p{L}\p{N}_]))`,
    String.raw`[\p{Extended_Pictographic}\p{Regional_Indicator}\p{So}]`,
  ].join("|"),
  "gv",
);

/**
 * The words of a text, folded: letters and digits between whatever else, so that addresses, paths and code come in parts. Where
 * words are not set apart (Chinese, Japanese, Korean, Thai …), every two characters that follow each other are one, and the last
 * character alone: so a word is found wherever it stands, and what surrounds it changes nothing. A dictionary would cut by the
 * context, and anew with each version of itself. Emoji are words. No word has white space in it, or is empty.
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

/** Whether this is a character of a script that sets no words apart, alone. */
export const isCharacter = (word: string): boolean => word.length <= 2 && isUnspaced.test(word);

const english = /^[a-z]{3,40}$/;
const irregular: Readonly<Record<string, string>> = { goes: "go", does: "do", using: "use" };

/**
 * The English stem of a folded word; of any other word, itself. Porter's, but that `deploy` and `deployment` are one, and that
 * `one` is not `on`.
 */
export function stemOf(word: string): string {
  if (!english.test(word)) return word;
  let stem = stems.get(word);
  if (stem === undefined) stems.set(word, (stem = computeStem(word)));
  return stem;
}

/** Making a stem takes most of the time that a message takes to be indexed, and people say the same words. */
const stems = new LruMap<string, string>(10_000);

function computeStem(word: string): string {
  const known = Object.hasOwn(irregular, word) ? irregular[word] : undefined;
  if (known !== undefined) return known;
  const stem = stemmer(word).replace(/([aeou])i$/, "$1y");
  if (stem.length > 2 || word === `${stem}ing`) return stem;
  return word.startsWith(`${stem}e`) ? `${stem}e` : word;
}
