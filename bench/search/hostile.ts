import { type Random, randomInteger } from "../../scripts/support/seeded-random.ts";

/** Texts and queries that make a search as expensive as possible. */

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const syllables = [...letters, ...letters.map((letter) => `${letter}1`)];

/** Returns, for each kind of attack, a function that makes the text of the message with a given index. */
export function hostileTexts(random: Random): Record<string, (index: number) => string> {
  const below = (end: number): number => randomInteger(random, end);
  const shuffled = (list: readonly string[]): string[] => {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [result[at], result[other]] = [result[other]!, result[at]!];
    }
    return result;
  };
  /** Contains digits, since stemming words without digits would take longer than all the rest. */
  const rare = (): string => `a${below(10)}${letters[below(26)]}${letters[below(26)]}${below(100)}`;
  const han = (): string => String.fromCodePoint(0x4e00 + below(300));
  return {
    // 600 of them are long, the others short.
    repeated: (index) => (index % 166 === 0 ? "a ".repeat(4_000) : "a b"),
    "a word 200 times, which all enter the index": () => "a ".repeat(200),
    "all letters twice": () => [...shuffled(syllables), ...shuffled(syllables)].join(" "),
    "a million words": () => Array.from({ length: 40 }, rare).join(" "),
    "long messages of rare words at the end": (index) =>
      index < messagesBefore ? "hello there" : Array.from({ length: 1_000 }, rare).join(" "),
    "pairs of characters": () => Array.from({ length: 60 }, han).join(""),
    "the rare word is in an old message": (index) =>
      index === 5 ? "a b zebra" : index % 2 ? "a b c" : "b a c",
  };
}
const messagesBefore = 98_000;

const list = (words: readonly string[], by = " "): string => words.join(by);
const alphabet = list(letters);

/** The most expensive queries, by title. */
export const worstQueries: Record<string, string> = {
  "one word": "a",
  "249 equal words": "a ".repeat(249).trim(),
  "prefix of all, 50 times": "a* ".repeat(50).trim(),
  "different prefixes": list(letters.map((letter) => `${letter}*`)),
  "50 prefixes of two letters": list(letters.slice(0, 25).map((letter) => `a${letter}* a1${letter}*`)),
  "ten prefixes of numbers": list(
    Array.from({ length: 10 }, (_, at) => `a${at}*`),
    " OR ",
  ),
  "50 equal words joined by OR": list(
    Array.from({ length: 50 }, () => "a"),
    " OR ",
  ),
  "all letters": alphabet,
  "all letters joined by OR": list(syllables.slice(0, 48), " OR "),
  "a phrase of 249 equal words": `"${"a ".repeat(248)}a"`,
  "a phrase of all letters": `"${alphabet}"`,
  "ten phrases": list(
    Array.from({ length: 10 }, (_, at) => `"${letters[at]} ${letters[at + 1]} ${letters[at]}"`),
  ),
  "ten phrases joined by OR": list(
    Array.from({ length: 10 }, (_, at) => `"${letters[at]} ${letters[at + 1]} ${letters[at]}"`),
    " OR ",
  ),
  "phrases of one word": list(Array.from({ length: 9 }, (_, at) => `"${"a ".repeat(at + 2).trim()}"`)),
  "a word that does not occur": "a zzzzz",
  "old and rare": "a b zebra",
  "a phrase that does not occur": '"b b b a a a"',
  "everything except a prefix": "-a*",
  "everything except words": list(letters.map((letter) => `-${letter}`)),
  "a word except a prefix": "b -a*",
  "OR of a word and an exclusion": "zzz OR -a",
  characters: "一 丁 七 万 丈 三 上 下",
  "characters joined by OR": "一 OR 丁 OR 七 OR 万 OR 丈 OR 三 OR 上 OR 下",
  "a phrase with a prefix": 'a1b2 "a b c d*" a-b-c*',
};
