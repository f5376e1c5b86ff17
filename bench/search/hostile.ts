/** Texts and queries that make a search expensive. */

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const syllables = [...letters, ...letters.map((letter) => `${letter}1`)];

/** For each kind of attack, the text of the message with this index. */
export function hostileTexts(random: () => number): Record<string, (index: number) => string> {
  const below = (end: number): number => Math.floor(random() * end);
  const shuffled = (list: readonly string[]): string[] => {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [result[at], result[other]] = [result[other]!, result[at]!];
    }
    return result;
  };
  /** Digits keep the stemmer out of it, which takes longer than all the rest. */
  const rare = (): string => `a${below(10)}${letters[below(26)]}${letters[below(26)]}${below(100)}`;
  const han = (): string => String.fromCodePoint(0x4e00 + below(300));
  return {
    // Of these, 600 as in the report, the others short.
    repeated: (index) => (index % 166 === 0 ? "a ".repeat(4_000) : "a b"),
    "as often as counts": () => "a ".repeat(200),
    "all letters twice": () => [...shuffled(syllables), ...shuffled(syllables)].join(" "),
    "a million words": () => Array.from({ length: 40 }, rare).join(" "),
    "long messages of rare words at the end": (index) =>
      index < messagesBefore ? "hello there" : Array.from({ length: 1_000 }, rare).join(" "),
    "pairs of characters": () => Array.from({ length: 60 }, han).join(""),
    "the rare one is old": (index) => (index === 5 ? "a b zebra" : index % 2 ? "a b c" : "b a c"),
  };
}
const messagesBefore = 98_000;

const list = (words: readonly string[], by = " "): string => words.join(by);
const alphabet = list(letters);

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
  "what is not there": "a zzzzz",
  "old and rare": "a b zebra",
  "a phrase that is not there": '"b b b a a a"',
  "all but a prefix": "-a*",
  "all but words": list(letters.map((letter) => `-${letter}`)),
  "a word but a prefix": "b -a*",
  "OR of a word and an exclusion": "zzz OR -a",
  characters: "一 丁 七 万 丈 三 上 下",
  "characters joined by OR": "一 OR 丁 OR 七 OR 万 OR 丈 OR 三 OR 上 OR 下",
  "a phrase with a prefix": 'a1b2 "a b c d*" a-b-c*',
};
